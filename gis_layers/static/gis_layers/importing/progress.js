// Watches a job: its progress bar is fetched again and again, one request at a time, until there is another page to see.

const look = async () => {
  try {
    const answer = await fetch(location.href, { headers: { "HX-Request": "true" } });
    if (answer.headers.get("HX-Refresh")) return location.reload();
    if (answer.ok) document.getElementById("progress").outerHTML = await answer.text();
  } catch {
    // the line is down for a moment: the work goes on without us
  }
  setTimeout(look, 1000);
};
setTimeout(look, 500);
