// Finds while one types: the list under the form is asked for again a moment after the last key, the last question wins.

const form = document.getElementById("find-form");
const found = document.getElementById("found");
let waiting;
let asking;

async function ask() {
  asking?.abort();
  asking = new AbortController();
  const address = `${location.pathname}?${new URLSearchParams(new FormData(form))}`;
  try {
    const answer = await fetch(address, { headers: { "HX-Request": "true" }, signal: asking.signal });
    if (!answer.ok) return;
    found.innerHTML = await answer.text();
    history.replaceState(null, "", address);
  } catch {
    // asked anew meanwhile, or the line is down: the button still works
  }
}

form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(ask, 250);
});
