import { describe, expect, it } from 'vitest';
import { omePlanes, parseOme } from './ome.ts';

const block = (pixels: string, inner: string, uuid = 'urn:uuid:this'): string =>
  `<?xml version="1.0"?><OME:OME UUID="${uuid}" xmlns:OME="x"><OME:Image ID="Image:0" Name="cells &amp; more"><OME:Pixels ${pixels}>${inner}</OME:Pixels></OME:Image></OME:OME>`;

describe('parseOme', () => {
  it('reads sizes, order and physical size with its unit, prefixed or not', () => {
    const [image] = parseOme(
      block(
        'DimensionOrder="XYZCT" SizeX="10" SizeY="9" SizeZ="2" SizeC="3" SizeT="4" PhysicalSizeX="250" PhysicalSizeXUnit="nm" PhysicalSizeY="0.25"',
        '',
      ),
    );
    expect(image).toMatchObject({ sizes: { z: 2, c: 3, t: 4 }, order: 'XYZCT', mpp: { x: 0.25, y: 0.25 } });
  });

  it('takes sizes in pixels or out of all reason for unknown', () => {
    expect(
      parseOme(block('SizeX="1" PhysicalSizeX="1" PhysicalSizeXUnit="pixel" PhysicalSizeY="1"', ''))[0]?.mpp,
    ).toBeUndefined();
    expect(parseOme(block('SizeX="1" PhysicalSizeX="1000" PhysicalSizeY="1000"', ''))[0]?.mpp).toBeUndefined();
  });

  it('is nothing for other texts', () => {
    expect(parseOme('Aperio Image Library')).toEqual([]);
    expect(parseOme('<OME><BinaryOnly MetadataFile="a.companion.ome"/></OME>')).toEqual([]);
  });

  it('takes no time over hostile blocks', () => {
    const started = performance.now();
    for (const piece of ['<TiffData>', '<TiffData ', '<Pixels ', '<Image ', '<UUID>', '<', '<a:', ' Name='])
      parseOme(`<OME ><Image ><Pixels SizeX="1">${piece.repeat(400_000)}`);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('omePlanes', () => {
  const sizes = { z: 2, t: 2, c: 3 };
  const at = (planes: readonly (number | undefined)[], z: number, t: number, c: number): number | undefined =>
    planes[z + sizes.z * (t + sizes.t * c)];

  it('counts directories in the order of dimensions', () => {
    const [image] = parseOme(block('DimensionOrder="XYCZT" SizeZ="2" SizeC="3" SizeT="2"', '<TiffData/>'));
    const planes = omePlanes(image ?? expect.fail('no image'), sizes);
    expect(at(planes, 0, 0, 2)).toBe(2);
    expect(at(planes, 1, 0, 0)).toBe(3);
    expect(at(planes, 0, 1, 0)).toBe(6);
    expect(planes.toSorted()).toEqual([0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('goes by the TiffData where they say more, and leaves planes of other files out', () => {
    const inner =
      '<TiffData IFD="5" FirstZ="1" FirstC="2" FirstT="1"/><TiffData IFD="0" FirstZ="0"><UUID FileName="other.tif">urn:uuid:other</UUID></TiffData><TiffData IFD="1" FirstZ="1"><UUID FileName="this.tif">urn:uuid:this</UUID></TiffData>';
    const [image] = parseOme(block('DimensionOrder="XYCZT" SizeZ="2" SizeC="3" SizeT="2"', inner));
    const planes = omePlanes(image ?? expect.fail('no image'), sizes);
    expect(at(planes, 1, 1, 2)).toBe(5);
    expect(at(planes, 0, 0, 0)).toBeUndefined();
    expect(at(planes, 1, 0, 0)).toBe(1);
  });
});
