// What becomes of gestures on their way: the state line, and the decisions that only a person can take.

import { announce } from "muni/app";
import { StateLine, askBack, askWhose, sentencesOf } from "./trouble.js";
import { words } from "./words.js";

const byId = (id) => document.getElementById(id);

export class Saving {
  /** isKept: whether the browser keeps what waits. onLoadFailed(): the server's state could not be fetched. */
  constructor(element, { queue, draft, api, schema, isKept, onLoadFailed }) {
    Object.assign(this, { queue, draft, api, schema, onLoadFailed });
    this.line = new StateLine(element, { isKept, onRetry: () => queue.flush(), onDecide: () => this.decide() });
  }

  show() {
    this.line.show(this.queue);
    const isStuck = ["stale", "refused"].includes(this.queue.state);
    if (isStuck && !byId("stale").open && !byId("refused").open) this.decide();
  }

  /** Somebody has to say what becomes of the first gesture of the queue. */
  async decide() {
    const { trouble, dependants, state } = this.queue;
    const { edits } = this.queue.waiting[0];
    const sentences = sentencesOf(trouble);
    if (state === "refused") {
      if ((await askBack(byId("refused"), { sentences, dependants })) === "back") await this.#takeServers();
      return;
    }
    const known = edits.filter(({ id }) => id !== undefined);
    let theirs;
    try {
      theirs = await Promise.all(known.map(({ id }) => this.api.feature(id).catch(gone)));
    } catch {
      return announce(words.needsLine, "danger");
    }
    const pairs = known.map(({ shown }, i) => ({ mine: shown.edit === "delete" ? null : shown, theirs: theirs[i] }));
    const answer = await askWhose(byId("stale"), { sentences, pairs, schema: this.schema, dependants });
    if (answer === "theirs") await this.#takeServers();
    if (answer === "mine") await this.queue.putAgain(new Map(known.map(({ ref }, i) => [ref, theirs[i].version])));
  }

  /** Gives the first gesture up: what the server holds is shown instead. */
  async #takeServers() {
    const refs = await this.queue.drop();
    this.draft.history.forget(refs);
    await this.draft.reload([...refs]).catch(this.onLoadFailed);
  }
}

function gone(error) {
  if (error.code === "not_found") return null;
  throw error;
}
