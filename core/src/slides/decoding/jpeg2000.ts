import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** What we use of the WebAssembly build of OpenJPEG; the package brings no types. */
interface Codec {
  J2KDecoder: new () => {
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    getDecodedBuffer(): Uint8Array;
    getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number; isSigned: boolean };
    delete(): void;
  };
}

let loading: Promise<Codec> | undefined;

/** The default entry of the package is asm.js and 14 times slower than this one (309 against 22 ms for a tile of 256 px). */
function loadCodec(): Promise<Codec> {
  if (!loading) {
    const require = createRequire(import.meta.url);
    const factory = require('@cornerstonejs/codec-openjpeg/decodewasmjs') as (options: {
      wasmBinary: Uint8Array;
      print(): void;
      printErr(): void;
    }) => Promise<Codec>;
    const wasmBinary = readFileSync(require.resolve('@cornerstonejs/codec-openjpeg/decodewasm'));
    loading = factory({ wasmBinary, print: () => undefined, printErr: () => undefined });
  }
  return loading;
}

export interface DecodedJpeg2000 {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly bits: number;
  readonly isSigned: boolean;
  readonly bytes: Uint8Array;
}

/** Decodes a JPEG 2000 codestream or JP2 file. */
export async function decodeJpeg2000(bytes: Uint8Array): Promise<DecodedJpeg2000> {
  const codec = await loadCodec();
  const decoder = new codec.J2KDecoder();
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const { width, height, bitsPerSample, componentCount, isSigned } = decoder.getFrameInfo();
    // The buffer belongs to the memory of the module, which is used again.
    return {
      width,
      height,
      components: componentCount,
      bits: bitsPerSample,
      isSigned,
      bytes: decoder.getDecodedBuffer().slice(),
    };
  } finally {
    decoder.delete();
  }
}
