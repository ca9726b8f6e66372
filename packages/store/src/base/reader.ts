/** What reads: a transaction, or the store outside of one. */
export type Reader = { query<R>(text: string, parameters?: readonly unknown[]): Promise<R[]> };
