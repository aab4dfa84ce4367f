import { describe, expect, it } from 'vitest';
import { parseCpuList } from './cpu.ts';
import { parseMounts } from './filesystem.ts';
import { addressScope } from './netdev.ts';
import { parseOsRelease } from './os.ts';
import { abbreviationFor } from './time-zone.ts';

describe('parseCpuList', () => {
  it.each<[string, string[]]>([
    ['', []],
    ['3', ['3']],
    ['0-2,5\n', ['0', '1', '2', '5']],
  ])('reads %j', (list, cpus) => {
    expect(parseCpuList(list)).toEqual(cpus);
  });
});

describe('parseMounts', () => {
  it('unescapes the mount point and takes the prefix of the root away', () => {
    const [mount] = parseMounts(['/dev/sda1 /host/a\\040b\\011c ext4 noatime,ro 0 0'], '/host');
    expect(mount).toEqual({ device: '/dev/sda1', mountPoint: '/a b\tc', fsType: 'ext4', readOnly: true });
    expect(parseMounts(['x /host ext4 rw 0 0'], '/host')[0]?.mountPoint).toBe('/');
    expect(parseMounts(['x / ext4 rw,errors=remount-ro 0 0'], '/')[0]?.readOnly).toBe(false);
  });

  it('refuses a line with too few fields', () => {
    expect(() => parseMounts(['a b c'], '/')).toThrow('malformed mount point information: "a b c"');
  });
});

describe('parseOsRelease', () => {
  it('reads quotes and escapes as a shell does, and passes over comments', () => {
    const text = '# comment\nNAME="A \\"B\\" \\$C"\nID=debian\nEMPTY=\nSINGLE=\'x\\y\'\nnonsense';
    expect(Object.fromEntries(parseOsRelease(text))).toEqual({
      NAME: 'A "B" $C',
      ID: 'debian',
      EMPTY: '',
      SINGLE: 'x\\y',
    });
  });
});

describe('addressScope', () => {
  it.each([
    ['127.0.0.1', 'link-local'],
    ['169.254.1.1', 'link-local'],
    ['fe80::1', 'link-local'],
    ['::1', 'link-local'],
    ['10.0.0.1', 'global'],
    ['2001:db8::1', 'global'],
    ['ff01::1', 'interface-local'],
    ['239.1.2.3', ''],
    ['0.0.0.0', ''],
  ])('%s is %j', (address, scope) => {
    expect(addressScope(address)).toBe(scope);
  });
});

describe('abbreviationFor', () => {
  /** A version 1 file: two types, CET +3600 and CEST +7200, three transitions. */
  function zoneFile(): Buffer {
    const header = Buffer.alloc(44);
    header.write('TZif');
    [0, 0, 0, 3, 2, 9].forEach((count, i) => void header.writeUInt32BE(count, 20 + i * 4));
    const types = Buffer.alloc(12);
    types.writeInt32BE(3600, 0);
    types.writeInt32BE(7200, 6);
    types[10] = 1;
    types[11] = 4;
    return Buffer.concat([header, Buffer.alloc(12), Buffer.from([1, 0, 1]), types, Buffer.from('CET\0CEST\0')]);
  }

  it('finds the name the zone used last for an offset', () => {
    expect(abbreviationFor(zoneFile(), 3600)).toBe('CET');
    expect(abbreviationFor(zoneFile(), 7200)).toBe('CEST');
    expect(abbreviationFor(zoneFile(), 0)).toBeUndefined();
  });

  it('reads nothing out of a file of another kind', () => {
    expect(abbreviationFor(Buffer.from('hello'), 0)).toBeUndefined();
  });
});
