/** Whether an address lies in one of some networks. */
import { BlockList, isIP } from 'node:net';

/** @param networks addresses, or networks as `203.0.113.0/24`, as the settings have them. */
export function within(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = familyOf(address);
    if (family === null) throw new Error(`${network} is no network`);
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (given) => {
    // Of a link's own address the name of the link says nothing.
    const [address = ''] = given.split('%');
    const family = familyOf(address);
    // What a proxy passes on need not be an address at all.
    return family !== null && list.check(address, family);
  };
}

const families = { 4: 'ipv4', 6: 'ipv6' } as const;
const familyOf = (address: string): 'ipv4' | 'ipv6' | null => {
  const version = isIP(address);
  return version === 4 || version === 6 ? families[version] : null;
};
