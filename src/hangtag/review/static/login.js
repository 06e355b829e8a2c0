// The token, exchanged for a cookie that scripts cannot read.
import { post } from "./desk-api.js";

const wrong = document.getElementById("wrong");
document.getElementById("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  wrong.textContent = "";
  try {
    await post("/api/login", { token: document.getElementById("token").value });
    location.replace("/");
  } catch (error) {
    wrong.textContent = `${error.message} ${error.hint ?? ""}`;
    document.getElementById("token").select();
  }
});
