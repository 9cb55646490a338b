// Buttons that copy an address: <button data-copy="text" data-copied="what is said then">.

import { announce } from "muni/app";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  announce(button.dataset.copied, "success");
});
