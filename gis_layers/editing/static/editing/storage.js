// The browser's own database: gestures that wait to be sent, and the drawing that still lacks its attributes.
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
    opening.result.createObjectStore("unfinished", { keyPath: "changeset" });
  };
  const database = await asked(opening);

  /** Resolves when the disk has it: strict durability outlasts a power cut. */
  const write = (name, act) =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction(name, "readwrite", { durability: "strict" });
      let result;
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = () => reject(transaction.error);
      const request = act(transaction.objectStore(name));
      if (request) request.onsuccess = () => (result = request.result);
    });
  const read = (name) => database.transaction(name).objectStore(name);

  return {
    durable: true,
    all: () => asked(read("gestures").index("changeset").getAll(changeset)),
    add: (gesture) => write("gestures", (store) => store.add({ ...gesture, changeset })),
    remove: (seq) => write("gestures", (store) => store.delete(seq)),
    put: (gestures) =>
      write("gestures", (store) => gestures.forEach((gesture) => store.put({ ...gesture, changeset }))),
    unfinished: () => asked(read("unfinished").get(changeset)),
    keepUnfinished: (feature) => write("unfinished", (store) => store.put({ ...feature, changeset })),
    dropUnfinished: () => write("unfinished", (store) => store.delete(changeset)),
  };
}

/** Keeps everything for the life of the page only. */
export function memoryStorage() {
  const gestures = new Map();
  let last = 0;
  let unfinished;
  return {
    all: async () => [...gestures.values()],
    add: async (gesture) => {
      gestures.set(++last, gesture);
      return last;
    },
    remove: async (seq) => void gestures.delete(seq),
    put: async (changed) => changed.forEach((gesture) => gestures.set(gesture.seq, gesture)),
    unfinished: async () => unfinished,
    keepUnfinished: async (feature) => void (unfinished = feature),
    dropUnfinished: async () => void (unfinished = undefined),
  };
}
