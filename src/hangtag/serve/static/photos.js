// A photo from anywhere: chosen, dropped or pasted. Kept for this tab, so that reloading works.

const LONGER = 800;
const blobs = new Map();

/** Keep a file and return the key that goes into the address. */
export async function keep(file) {
  const blob = await smaller(file);
  const digest = await crypto.subtle?.digest("SHA-256", await blob.arrayBuffer());
  const key = digest ? [...new Uint8Array(digest).slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("") : String(Date.now());
  blobs.set(key, blob);
  try {
    sessionStorage.setItem(`photo/${key}`, await asText(blob));
  } catch {
    // Full or forbidden: it is kept until the page is left.
  }
  return key;
}

/** The photo of that key, or null when another tab or an earlier day had it. */
export async function kept(key) {
  if (blobs.has(key)) return blobs.get(key);
  const text = sessionStorage.getItem(`photo/${key}`);
  if (!text) return null;
  const [head, data] = text.split(",", 2);
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const blob = new Blob([bytes], { type: head.slice(5).split(";")[0] });
  blobs.set(key, blob);
  return blob;
}

/** Photos are looked at small; sending megabytes would only take time. */
async function smaller(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return file; // not for this browser to read; the server says what it thinks of it
  }
  const scale = LONGER / Math.max(bitmap.width, bitmap.height);
  if (scale >= 1) return file;
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const on = canvas.getContext("2d");
  on.fillStyle = "white";
  on.fillRect(0, 0, canvas.width, canvas.height);
  on.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob((blob) => done(blob ?? file), "image/jpeg", 0.9));
}

function asText(blob) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });
}
