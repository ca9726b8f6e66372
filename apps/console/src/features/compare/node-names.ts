/** What a node is called, by its id. */
export type NodeNames = (id: string) => { name: string; type: string | null };

/** Names of the nodes of both sides; the newer one's count. A node without a name is called by its type, one that is nowhere by its id. */
export function nodeNames(before: readonly unknown[], after: readonly unknown[]): NodeNames {
  const names = new Map<string, { name: string; type: string }>();
  for (const node of [...before, ...after]) {
    if (typeof node !== 'object' || node === null) continue;
    const [id, type, name, label] = ['id', 'type', 'name', 'label'].map((key) => {
      const value: unknown = Reflect.get(node, key);
      return typeof value === 'string' ? value : '';
    });
    if (id !== undefined && type !== undefined) names.set(id, { name: name || label || type, type });
  }
  return (id) => names.get(id) ?? { name: id, type: null };
}
