// The token, exchanged for a cookie that scripts cannot read.
import { post } from "./desk-api.js";

const wrong = document.getElementById("wrong");
document.getElementById("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  wrong.textContent = "";
  try {
    await post("/api/login", { token: document.getElementById("token").value });
    // Back to the queue that was being reviewed.
    location.replace(`/${location.search}`);
  } catch (error) {
    wrong.textContent = `${error.message} ${error.hint ?? ""}`;
    document.getElementById("token").select();
  }
});
