/** Takes away connected parts (by sides) of fewer than `minPart` pixels, in place. O(pixels). */
export function dropSmallParts(bits: Uint8Array, width: number, height: number, minPart: number): void {
  if (minPart <= 1) return;
  const isVisited = new Uint8Array(bits.length);
  const part = new Int32Array(bits.length);
  for (let start = 0; start < bits.length; start++) {
    if (!bits[start] || isVisited[start]) continue;
    isVisited[start] = 1;
    part[0] = start;
    let size = 1;
    const visit = (index: number): void => {
      if (!bits[index] || isVisited[index]) return;
      isVisited[index] = 1;
      part[size++] = index;
    };
    for (let next = 0; next < size; next++) {
      const index = part[next] ?? 0;
      const column = index % width;
      if (column > 0) visit(index - 1);
      if (column < width - 1) visit(index + 1);
      if (index >= width) visit(index - width);
      if (index < width * (height - 1)) visit(index + width);
    }
    if (size < minPart) for (let i = 0; i < size; i++) bits[part[i] ?? 0] = 0;
  }
}
