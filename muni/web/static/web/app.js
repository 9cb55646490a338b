// What every page does: htmx carries the CSRF token, failed requests say so, buttons are not pressed twice.

const cookie = (name) =>
  document.cookie
    .split("; ")
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(name.length + 1);

document.addEventListener("htmx:config:request", ({ detail }) => {
  const { request } = detail.ctx;
  const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? cookie("csrftoken");
  if (token && !/^(GET|HEAD)$/i.test(request.method)) request.headers["X-CSRFToken"] = token;
});

document.addEventListener("htmx:error", () => announce(document.body.dataset.textNetworkError, "danger"));

// A form is sent once; the browser's back button makes it usable again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "get" || form.dataset.sendAgain !== undefined) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((f) => delete f.dataset.sent));

// Lists that send their form when a choice changes.
document.addEventListener("change", (event) => event.target.closest("[data-submit-on-change]")?.form?.requestSubmit());

// Menus close with Escape and with a click elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = event.target.closest?.("details.menu[open]") ?? document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.querySelector(".error-summary")?.focus();

/** Says something in the corner and to screen readers. kind: success, warning, danger or info. */
export function announce(text, kind = "info") {
  const place = document.getElementById("announcements");
  const note = document.createElement("div");
  note.className = `notice notice-${kind}`;
  note.textContent = text;
  place.replaceChildren(note);
  setTimeout(() => note.remove(), 8000);
}

/** JSON that Django put into the page with json_script. */
export const pageData = (id) => JSON.parse(document.getElementById(id).textContent);
