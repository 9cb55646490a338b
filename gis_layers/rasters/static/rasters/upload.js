// Sends a file in pieces. After a break it asks the server how far the file has come and goes on from there.

const PIECE = 4 * 1024 * 1024;
const PATIENCE = 60; // tries without a byte arriving, with at most half a minute between them

const pause = (seconds) => new Promise((resolve) => {
  const timer = setTimeout(done, seconds * 1000);
  function done() {
    clearTimeout(timer);
    removeEventListener("online", done);
    resolve();
  }
  addEventListener("online", done); // no need to wait on once the line is back
});

const offsetIn = (answer) => {
  const text = answer.headers.get("Upload-Offset");
  return text === null ? null : Number(text);
};

/** The server's refusal: `message` is a sentence for people, `fields` names what to mend. */
export class Refusal extends Error {
  constructor({ message, fields = {} }) {
    super(message);
    this.fields = fields;
  }
}

/**
 * Sends `file` to `address` from byte `offset` on; resolves when all of it has arrived.
 * onProgress(bytes), onWaiting(isWaiting) tell how it goes. Rejects with a Refusal when the server will not have it.
 */
export async function send(file, address, { offset = 0, token, onProgress = () => {}, onWaiting = () => {}, wait = pause } = {}) {
  const ask = () => fetch(address, { method: "HEAD", cache: "no-store" });
  const append = () =>
    fetch(address, {
      method: "PATCH",
      headers: { "Upload-Offset": offset, "Content-Type": "application/offset+octet-stream", "X-CSRFToken": token },
      body: file.slice(offset, offset + PIECE),
    });
  let failures = 0;
  let next = append;
  while (offset < file.size) {
    onProgress(offset);
    const answer = await next().catch(() => null); // null: the line is down
    const at = answer && offsetIn(answer);
    if (at !== null && (answer.ok || answer.status === 409)) {
      failures = at > offset ? 0 : failures + 1;
      offset = at;
      next = append;
      onWaiting(false);
    } else if (isFinal(answer)) {
      throw new Refusal(await answer.json().catch(() => ({ message: "" })));
    } else {
      failures += 1;
      next = ask;
      onWaiting(true);
      await wait(Math.min(30, 2 ** failures));
    }
    if (failures > PATIENCE) throw new Refusal({ message: "" });
  }
  onProgress(offset);
}

/** Whether trying again cannot help, as when the session has ended; it can when the server or the file is busy. */
const isFinal = (answer) =>
  answer && (answer.redirected || (answer.status >= 400 && answer.status < 500 && ![423, 429].includes(answer.status)));
