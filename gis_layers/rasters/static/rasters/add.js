// The form of a new sheet: announces the file, sends it in pieces, goes on to the sheet's page.

import { Refusal, send } from "./upload.js";

const form = document.getElementById("sheet-form");
const summary = document.getElementById("sheet-errors");
const panel = document.getElementById("sheet-progress");
const bar = panel.querySelector("progress");
const label = panel.querySelector("[data-label]");
const button = form.querySelector("[type=submit]");
const words = form.dataset;
const size = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
const megabytes = (bytes) => words.textMegabytes.replace("{size}", size.format(bytes / 1024 ** 2));
let isSending = false;

form.dataset.sendAgain = "";
addEventListener("beforeunload", (event) => isSending && event.preventDefault());

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (isSending) return;
  const file = form.elements.file.files[0];
  const missing = [...form.elements].filter((field) => field.required && field.type !== "file" && !field.value.trim());
  const errors = Object.fromEntries(missing.map((field) => [field.name, words.textRequired]));
  if (!file) errors.file = words.textChoose;
  if (Object.keys(errors).length) return refuse(new Refusal({ message: words.textProblem, fields: errors }));
  summary.hidden = true;
  busy(true);
  try {
    const sheet = await announce(file);
    await send(file, sheet.upload, {
      offset: sheet.offset,
      token: form.elements.csrfmiddlewaretoken.value,
      onProgress: (done) => show(done, file.size),
      onWaiting: (isWaiting) => isWaiting && (label.textContent = words.textWaiting),
    });
    isSending = false;
    location.assign(sheet.page);
  } catch (error) {
    busy(false);
    refuse(error instanceof Refusal ? error : new Refusal({ message: words.textFailed }));
    if (!(error instanceof Refusal)) console.warn(error);
  }
});

async function announce(file) {
  const given = Object.fromEntries([...new FormData(form)].filter(([name]) => !["file", "csrfmiddlewaretoken"].includes(name)));
  const answer = await fetch(location.href, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    body: JSON.stringify({ ...given, file_name: file.name, file_size: file.size }),
  });
  if (!answer.ok) throw new Refusal(await answer.json().catch(() => ({ message: words.textFailed })));
  return answer.json();
}

function show(done, total) {
  bar.value = (100 * done) / total;
  label.textContent = words.textSending.replace("{done}", megabytes(done)).replace("{total}", megabytes(total));
}

function busy(is) {
  isSending = is;
  button.disabled = is;
  panel.hidden = !is;
}

/** What is wrong, on top and linked to its field. */
function refuse({ message, fields }) {
  const title = document.createElement("h2");
  title.textContent = message || words.textFailed;
  const list = document.createElement("ul");
  for (const [name, sentence] of Object.entries(fields)) {
    const field = form.elements[name];
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = `#${field?.id ?? "sheet-form"}`;
    link.textContent = field ? `${form.querySelector(`label[for="${field.id}"]`).firstChild.textContent.trim()}: ${sentence}` : sentence;
    item.append(link);
    list.append(item);
  }
  summary.replaceChildren(title, list);
  summary.hidden = false;
  summary.focus();
}
