// What follows # in the address of a scanned QR code carries our signature; browsers keep it from the server, so it is sent.
const form = document.getElementById("signature");

if (location.hash.length > 1) {
  const said = form.querySelector("p");
  const body = new FormData(form);
  body.set("text", location.href);
  form.hidden = false;
  try {
    const answer = await fetch(form.action, { method: "POST", body });
    const { genuine, message } = await answer.json();
    form.classList.add(genuine ? "notice-success" : "notice-danger");
    said.textContent = message;
    if (!genuine) document.querySelector(".verdict").hidden = true;
  } catch {
    form.classList.add("notice-warning");
    said.textContent = form.dataset.failed;
  }
}
