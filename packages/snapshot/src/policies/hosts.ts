/** Names that never leave a site: reserved ones (RFC 6761, 6762, 8375) and those that networks of plants and clusters use. */
const localName =
  /(?:^|\.)(?:localhost|local|localdomain|lan|intranet|intra|internal|corp|home|private|site|test|invalid|fritz\.box|home\.arpa|svc|cluster)$/;

/** Whether a host is the one that asks. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|.*\.localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|::1?|0:0:0:0:0:0:0:1)$/.test(host);
}

/** Whether a host is reached over public networks, as far as its name tells: names without a dot are looked up locally. */
export function isPublic(host: string): boolean {
  if (isLoopback(host)) return false;
  const octets = /^(\d{1,3})\.(\d{1,3})\.\d{1,3}\.\d{1,3}$/.exec(host);
  if (octets !== null) return !isPrivateRange(Number(octets[1]), Number(octets[2]));
  if (host.includes(':')) return !/^(?:f[cd]|fe[89ab])/.test(host);
  return /^[^.]+(?:\.[^.]+)+\.?$/.test(host) && !localName.test(host.replace(/\.$/, ''));
}

/** RFC 1918, RFC 3927 (link-local), RFC 6598 (behind a provider), and multicast. */
function isPrivateRange(first: number, second: number): boolean {
  if (first === 10 || first === 127 || first >= 224 || first === 0) return true;
  if (first === 172) return second >= 16 && second <= 31;
  if (first === 192) return second === 168;
  if (first === 169) return second === 254;
  return first === 100 && second >= 64 && second <= 127;
}
