import { expect, test } from 'vitest';

import { type PageStart, pageById } from './paging.ts';

const ids = Array.from({ length: 5 }, (_, index) => `00000000-0000-7000-8000-00000000000${5 - index}`);

async function read({ before, limit }: PageStart): Promise<{ id: string }[]> {
  return ids
    .filter((id) => before === null || id < before)
    .slice(0, limit)
    .map((id) => ({ id }));
}

test('when a list is read page by page, each row comes once and the last page has no cursor', async () => {
  const first = await pageById({ limit: 2 }, read);
  const second = await pageById({ limit: 2, cursor: first.nextCursor ?? '' }, read);
  const third = await pageById({ limit: 2, cursor: second.nextCursor ?? '' }, read);
  expect([first, second, third].flatMap((page) => page.items.map(({ id }) => id))).toEqual(ids);
  expect(third.nextCursor).toBeNull();
});

test('when the last page is full, it has no cursor either', async () => {
  expect((await pageById({ limit: 5 }, read)).nextCursor).toBeNull();
});

test.each(['', 'x', Buffer.from("' or 1=1").toString('base64url')])('when the cursor is %j, it is refused', async (cursor) => {
  await expect(pageById({ cursor }, read)).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
});
