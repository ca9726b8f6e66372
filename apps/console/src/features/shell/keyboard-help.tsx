import { Kbd, Modal, Table } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useKey } from '../../ui/use-key.ts';

const rows: readonly { keys: readonly string[]; does: string }[] = [
  { keys: ['Ctrl K'], does: 'Find a page, a device or a rollout, or run a command (⌘ K on a Mac)' },
  { keys: ['/'], does: 'Go to the search field of the page' },
  { keys: ['j', 'k'], does: 'Next and previous row of a list' },
  { keys: ['Enter'], does: 'Open the row' },
  { keys: ['?'], does: 'Show these keys' },
  { keys: ['Esc'], does: 'Close a dialog' },
];

/** The help on keys, opened with `?`. */
export function useKeyboardHelp() {
  const [opened, { open, close }] = useDisclosure(false);
  useKey('?', open);
  return { opened, open, close };
}

export function KeyboardHelp({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Keys">
      <Table verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Key</Table.Th>
            <Table.Th>What it does</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ keys, does }) => (
            <Table.Tr key={does}>
              <Table.Td style={{ whiteSpace: 'nowrap', width: 90 }}>
                {keys.map((key) => (
                  <Kbd key={key} mr={4}>
                    {key}
                  </Kbd>
                ))}
              </Table.Td>
              <Table.Td>{does}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
