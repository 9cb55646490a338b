// The changeset's addresses. Every refusal is an error with `kind`, which says what can be done about it:
//
//   offline     no line                     try again by itself
//   failed      the server fails (5xx)      try again by itself
//   signedOut   the session has ended       sign in, then try again
//   stale       somebody changed it (412)   take theirs or put mine again
//   refused     not valid, or not allowed   take it back; `message` and `fields` say why

const KINDS = { 401: "signedOut", 412: "stale", 429: "failed" };

const cookie = (name) =>
  document.cookie
    .split("; ")
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(name.length + 1);

export class Refusal extends Error {
  constructor(kind, { message = "", fields = {}, code = "" } = {}) {
    super(message);
    Object.assign(this, { kind, fields, code });
  }
}

/** Resolves to the JSON that the server answers; rejects with a Refusal. body: sent as JSON, makes it a POST. */
export async function ask(address, { body, signal } = {}) {
  let response;
  try {
    response = await fetch(address, {
      method: body ? "POST" : "GET",
      headers: {
        Accept: "application/json",
        "Accept-Language": document.documentElement.lang,
        ...(body && { "Content-Type": "application/json", "X-CSRFToken": cookie("csrftoken") ?? "" }),
      },
      body: body && JSON.stringify(body),
      credentials: "same-origin",
      redirect: "error",
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal("offline");
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return answer;
  // Signing in again changes the token: an old one is refused as if nobody had signed in.
  const isForged = response.status === 403 && /csrf/i.test(`${answer?.code} ${answer?.message}`);
  const kind = isForged ? "signedOut" : (KINDS[response.status] ?? (response.status >= 500 ? "failed" : "refused"));
  throw new Refusal(kind, answer ?? {});
}

/** address: of the changeset, ending in a slash. */
export class Api {
  constructor(address) {
    this.address = address;
  }

  changeset = () => ask(this.address);
  feature = (id) => ask(`${this.address}features/${id}/`);
  features = (box, signal) => ask(`${this.address}features/?bbox=${box.join(",")}`, { signal });
  /** Features that fit the parameters, page by page until there are `most`: {features, count}. */
  async find(parameters, most) {
    const features = [];
    let count;
    for (let next = `${this.address}features/?${new URLSearchParams({ ...parameters, limit: 2000 })}`; next; ) {
      const page = await ask(next);
      count ??= page.count;
      features.push(...page.features);
      next = features.length < most ? page.next : null;
    }
    return { features: features.slice(0, most), count };
  }
  surroundings = (layer, box, signal) =>
    ask(`${this.address}surroundings/?layer=${layer}&bbox=${box.join(",")}`, { signal });
  /** All changes, page by page. */
  async changes() {
    const found = [];
    for (let next = `${this.address}changes/`; next; ) {
      const page = await ask(next);
      found.push(...page.changes);
      next = page.next;
    }
    return found;
  }
  send = (body) => ask(`${this.address}gestures/`, { body });
  compute = (body) => ask(`${this.address}geometry/`, { body });
  act = (act, note = "") => ask(`${this.address}acts/`, { body: { act, note } });
}
