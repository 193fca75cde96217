/** A part of the page that did not come: the server is away, or it has a newer page now. */
export class MissingPart extends Error {
  override readonly name = 'MissingPart';
}

/** Loads a part of the page; rejects with {@link MissingPart}. A browser may not ask again for what failed once: only loading the whole page anew helps. */
export async function loadPart<T>(importer: () => Promise<T>): Promise<T> {
  try {
    return await importer();
  } catch (cause) {
    throw new MissingPart('A part of the page could not be loaded', { cause });
  }
}
