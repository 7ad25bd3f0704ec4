/** A picture as BMP, the one format that needs no encoder. `colour`: red, green, blue of each pixel. */
export function bmp(
  { width, height }: { readonly width: number; readonly height: number },
  colour: (x: number, y: number) => readonly [number, number, number],
): Uint8Array {
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.alloc(54 + rowBytes * height);
  file.write('BM');
  for (const [at, value] of [
    [2, file.length],
    [10, 54],
    [14, 40],
    [18, width],
    [22, height],
    [34, rowBytes * height],
  ] as const)
    file.writeUInt32LE(value, at);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [red, green, blue] = colour(x, y);
      file.set([blue, green, red], 54 + (height - 1 - y) * rowBytes + x * 3); // rows from the bottom
    }
  return file;
}
