// Reads values of an address, which anybody can edit: what does not fit is as if it were not there.

type Optional<K extends string, V> = { [P in K]?: V };

function set<K extends string, V>(name: K, value: V): Optional<K, V> {
  return { [name]: value } as Optional<K, V>;
}

/** One of the given words. */
export function oneOf<K extends string, const W extends string>(name: K, value: unknown, words: readonly W[]): Optional<K, W> {
  const word = words.find((each) => each === value);
  return word === undefined ? {} : set(name, word);
}

/** A text that is not blank, cut to what the API takes. A number is what the router makes of digits. */
export function searchText<K extends string>(name: K, value: unknown, lengthMax: number): Optional<K, string> {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text.trim() !== '' ? set(name, text.slice(0, lengthMax)) : {};
}

/** A UUID in lower case. */
export function uuid<K extends string>(name: K, value: unknown): Optional<K, string> {
  const isUuid = typeof value === 'string' && /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(value);
  return isUuid ? set(name, value) : {};
}

/** True or false. */
export function flag<K extends string>(name: K, value: unknown): Optional<K, boolean> {
  if (value === true || value === 'true') return set(name, true);
  return value === false || value === 'false' ? set(name, false) : {};
}

/** A whole number from 0 on. */
export function wholeNumber<K extends string>(name: K, value: unknown): Optional<K, number> {
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= 0 ? set(name, number) : {};
}
