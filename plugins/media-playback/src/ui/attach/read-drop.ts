/** Files that operating systems leave in folders; nobody means to attach them. */
const CLUTTER = /^(\.|Thumbs\.db$|desktop\.ini$)/i;
const collator = new Intl.Collator(undefined, { numeric: true });

export const inOrder = (files: readonly File[]): File[] =>
  files.filter(({ name }) => !CLUTTER.test(name)).sort((a, b) => collator.compare(a.name, b.name));

/** All files of a drop, those in folders too. The transfer can be read during the event only: all is taken before the first wait. */
export async function readDrop(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items].flatMap((item) => {
    if (item.kind !== 'file') return [];
    const [entry, file] = [item.webkitGetAsEntry(), item.getAsFile()];
    return [async (): Promise<File[]> => (entry ? readEntry(entry) : file ? [file] : [])];
  });
  return inOrder((await Promise.all(entries.map((read) => read()))).flat());
}

async function readEntry(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile)
    return [await new Promise<File>((done, failed) => (entry as FileSystemFileEntry).file(done, failed))];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: File[] = [];
  for (;;) {
    // a call gives at most a hundred; an empty answer is the end
    const some = await new Promise<FileSystemEntry[]>((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return found;
    for (const child of some) found.push(...(await readEntry(child)));
  }
}
