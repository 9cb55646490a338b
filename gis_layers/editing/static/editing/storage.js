// The browser's own database: the gestures that wait to be sent.
// One database for each user, so that nobody sends another's work under their own name.

const asked = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Rejects where the browser keeps nothing, as some private windows do. */
export async function openStorage(user, changeset) {
  const opening = indexedDB.open(`baladiya-editor-${user}`, 1);
  opening.onupgradeneeded = () => {
    const gestures = opening.result.createObjectStore("gestures", { keyPath: "seq", autoIncrement: true });
    gestures.createIndex("changeset", "changeset");
  };
  const database = await asked(opening);

  /** Resolves when the disk has it: strict durability outlasts a power cut. */
  const write = (act) =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction("gestures", "readwrite", { durability: "strict" });
      let result;
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = () => reject(transaction.error);
      const request = act(transaction.objectStore("gestures"));
      if (request) request.onsuccess = () => (result = request.result);
    });

  return {
    durable: true,
    all: () => asked(database.transaction("gestures").objectStore("gestures").index("changeset").getAll(changeset)),
    add: (gesture) => write((store) => store.add({ ...gesture, changeset })),
    remove: (seq) => write((store) => store.delete(seq)),
    put: (gestures) =>
      write((store) => gestures.forEach((gesture) => store.put({ ...gesture, changeset }))),
  };
}

/** Keeps everything for the life of the page only. */
export function memoryStorage() {
  const gestures = new Map();
  let last = 0;
  return {
    all: async () => [...gestures.values()],
    add: async (gesture) => {
      gestures.set(++last, gesture);
      return last;
    },
    remove: async (seq) => void gestures.delete(seq),
    put: async (changed) => changed.forEach((gesture) => gestures.set(gesture.seq, gesture)),
  };
}
