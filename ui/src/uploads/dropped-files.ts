/** A file with the handle by which it can be opened again after a reload, where the browser gives one. */
export interface ChosenFile {
  readonly file: File;
  readonly handle?: FileSystemFileHandle;
}

/** Files that operating systems leave in folders; nobody means to upload them. */
const CLUTTER = /^(\.|Thumbs\.db$|desktop\.ini$)/i;

/**
 * All files of a drop, those in folders too, in the order of their names. The transfer is only readable during the event, so
 * everything is taken from it before the first await.
 */
export async function readDrop(transfer: DataTransfer): Promise<ChosenFile[]> {
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  const readers = items.map((item) => {
    const withHandle = item as DataTransferItem & { getAsFileSystemHandle?: () => Promise<FileSystemHandle | null> };
    const handle = withHandle.getAsFileSystemHandle?.();
    const entry = item.webkitGetAsEntry();
    const file = item.getAsFile();
    return async (): Promise<ChosenFile[]> => {
      const opened = await handle?.catch(() => null);
      if (opened) return readHandle(opened);
      if (entry) return readEntry(entry);
      return file ? [{ file }] : [];
    };
  });
  const found = (await Promise.all(readers.map((read) => read()))).flat();
  return sorted(found.filter(({ file }) => !CLUTTER.test(file.name)));
}

/** Files chosen in a dialog. */
export const readInput = (list: FileList): ChosenFile[] =>
  sorted([...list].filter((file) => !CLUTTER.test(file.name)).map((file) => ({ file })));

const collator = new Intl.Collator(undefined, { numeric: true });
const sorted = (files: ChosenFile[]): ChosenFile[] => files.sort((a, b) => collator.compare(a.file.name, b.file.name));

async function readHandle(handle: FileSystemHandle): Promise<ChosenFile[]> {
  if (handle.kind === 'file') {
    const fileHandle = handle as FileSystemFileHandle;
    return [{ file: await fileHandle.getFile(), handle: fileHandle }];
  }
  const found: ChosenFile[] = [];
  const folder = handle as FileSystemDirectoryHandle & { values(): AsyncIterable<FileSystemHandle> };
  for await (const child of folder.values()) found.push(...(await readHandle(child)));
  return found;
}

async function readEntry(entry: FileSystemEntry): Promise<ChosenFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: ChosenFile[] = [];
  for (;;) {
    // one call gives at most 100 entries; the end is told by an empty answer
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return found;
    for (const child of batch) found.push(...(await readEntry(child)));
  }
}
