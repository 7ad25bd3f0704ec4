/** Offers a text to the person as a file. */
export function download(name: string, type: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  link.download = name;
  link.click();
  // the browser has taken the content by the time the next task runs
  setTimeout(() => URL.revokeObjectURL(link.href));
}
