import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, canonicalText } from './canonical-json.ts';
import { refusal } from './testing/fixtures.ts';

describe('canonicalJson', () => {
  it('when given the sample of RFC 8785 section 3.2.2, it writes the bytes of section 3.2.4', () => {
    const sample =
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
      '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}';
    const expected =
      '7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b3333333333333333332e333333333333332c31652b33302c' +
      '342e352c302e3030322c31652d32375d2c22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d';
    expect(Buffer.from(canonicalJson(JSON.parse(sample))).toString('hex')).toBe(expected);
  });

  it('when keys are not ASCII, it orders them as RFC 8785 section 3.2.3 does', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const text = canonicalText(Object.fromEntries(keys.map((key) => [key, 0])));
    expect([...text.matchAll(/"((?:[^"\\]|\\.)+)":0/g)].map((match) => match[1])).toEqual([
      '\\r',
      '1',
      '\u0080',
      '\u00f6',
      '\u20ac',
      '\ud83d\ude00',
      '\ufb33',
    ]);
  });

  // RFC 8785 appendix B: IEEE 754 bits and what they are written as.
  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('when a number has the bits %s, it writes %s', (bits, expected) => {
    expect(canonicalText(Buffer.from(bits, 'hex').readDoubleBE())).toBe(expected);
  });

  it.each([
    ['NaN', Number.NaN],
    ['an infinite number', Number.NEGATIVE_INFINITY],
    ['undefined', { a: undefined }],
    ['a hole', new Array(1)],
    ['a lone surrogate', ['\ud800']],
    ['a lone surrogate in a key', { '\udc00': 1 }],
    ['a function', { toJSON: (): number => 1 }],
    ['a big integer', 1n],
    ['a date', new Date(0)],
    ['a map', new Map()],
  ])('when the value holds %s, it is refused', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(refusal('MALFORMED'));
  });

  it('when a value nests without end, it is refused instead of exhausting the stack', () => {
    let value: unknown = 0;
    for (let depth = 0; depth < 100_000; depth += 1) value = [value];
    expect(() => canonicalJson(value)).toThrow(refusal('MALFORMED'));
  });

  it('when text is read back, it is the same value, and canonical already', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const plain = JSON.parse(JSON.stringify(value));
        fc.pre(JSON.stringify(plain).isWellFormed() && !JSON.stringify(plain).includes('\\ud'));
        const text = canonicalText(plain);
        expect(JSON.parse(text)).toEqual(plain);
        expect(canonicalText(JSON.parse(text))).toBe(text);
      }),
    );
  });

  it('when members come in another order, the bytes are the same', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalText(reversed)).toBe(canonicalText({ ...object }));
      }),
    );
  });
});
