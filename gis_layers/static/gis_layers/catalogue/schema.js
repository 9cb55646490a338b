// The schema editor's rows: added, moved, numbered in their order.

import { announce } from "muni/app";

const list = document.querySelector(".schema");
const template = document.getElementById("schema-row");
const total = document.querySelector(`[name="${list.dataset.prefix}-TOTAL_FORMS"]`);

function number() {
  [...list.children].forEach((row, i) => {
    row.querySelector('[name$="-ORDER"]').value = i + 1;
  });
}

document.querySelector("[data-add-row]").addEventListener("click", () => {
  const html = template.innerHTML.replaceAll("__prefix__", total.value);
  list.insertAdjacentHTML("beforeend", html);
  total.value = Number(total.value) + 1;
  number();
  list.lastElementChild.querySelector("input:not([type=hidden])").focus();
  announce(list.dataset.added);
});

list.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (!button) return;
  const row = button.closest(".schema-row");
  const other = button.dataset.move === "-1" ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  if (button.dataset.move === "-1") other.before(row);
  else other.after(row);
  number();
  button.focus();
  announce(list.dataset.moved);
});

// A row that was never filled in is not sent half-way.
list.closest("form").addEventListener("submit", number);
