const SIGNATURES: readonly (readonly [text: string, offset: number, bytes: string | readonly number[]])[] = [
  ['it is a PDF document', 0, '%PDF'],
  ['it is a ZIP archive or an Office document', 0, [0x50, 0x4b, 0x03, 0x04]],
  ['it is a Matroska or WebM film', 0, [0x1a, 0x45, 0xdf, 0xa3]],
  ['it is an MP4 or MOV film, or a HEIF picture', 4, 'ftyp'],
  ['it is a RIFF sound or film', 0, 'RIFF'],
  ['it is a GIF picture', 0, 'GIF8'],
  ['it is a JPEG XL picture', 0, [0xff, 0x0a]],
  ['it is a JPEG 2000 picture', 4, 'jP  '],
  ['it is a DICOM file', 128, 'DICM'],
  ['it is a Zeiss CZI file', 0, 'ZISRAWFILE'],
  ['it is a gzip archive', 0, [0x1f, 0x8b]],
  ['it is a program', 0, [0x7f, 0x45, 0x4c, 0x46]],
];

/** Says in words what a file seems to be, so that people see what they picked. */
export function describeContent(head: Uint8Array): string {
  for (const [text, offset, bytes] of SIGNATURES) {
    const wanted = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes);
    if (Buffer.from(head.subarray(offset, offset + wanted.length)).equals(wanted)) return text;
  }
  const start = Buffer.from(head.subarray(0, 512)).toString('utf8');
  if (/^\s*(<\?xml[^]*)?<svg/i.test(start)) return 'it is an SVG drawing';
  if (/^\s*<(!doctype|html|\?xml)/i.test(start)) return 'it is a web page or XML document';
  return /^[\t\n\r\x20-\x7e\u00a0-\uffff]*$/.test(start.slice(0, 200))
    ? 'it is a text file'
    : 'its content is not known';
}
