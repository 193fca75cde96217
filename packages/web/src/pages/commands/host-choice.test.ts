import { describe, expect, test } from 'vitest';
import { choiceOf, chosenHosts, groupState, type HostTreeData, toggleGroup, toggleHost } from './host-choice.ts';

const tree: HostTreeData = {
  groups: [
    { id: 'web', name: 'web', parentId: null },
    { id: 'shop', name: 'shop', parentId: 'web' },
    { id: 'db', name: 'db', parentId: null },
  ],
  hosts: [
    { id: 'w1', groupIds: ['web'] },
    { id: 's1', groupIds: ['shop', 'db'] },
    { id: 's2', groupIds: ['shop'] },
    { id: 'free', groupIds: [] },
  ],
};
const none = choiceOf({});

describe('hosts chosen in the tree', () => {
  test('a group stands for all below it', () => {
    const choice = toggleGroup('web', none, tree);
    expect(choice).toEqual({ hosts: [], groups: ['web'] });
    expect([...chosenHosts(choice, tree)]).toEqual(['w1', 's1', 's2']);
    expect([groupState('shop', choice, tree), groupState('db', choice, tree)]).toEqual(['all', 'all']);
  });

  test('a host taken out of a chosen group leaves the others', () => {
    const choice = toggleHost('s1', toggleGroup('web', none, tree), tree);
    expect(choice).toEqual({ hosts: ['w1', 's2'], groups: [] });
    expect([groupState('web', choice, tree), groupState('shop', choice, tree), groupState('db', choice, tree)]).toEqual([
      'some',
      'some',
      'none',
    ]);
  });

  test('a group below a chosen one can be taken out, and comes back as a whole', () => {
    const choice = toggleGroup('shop', toggleGroup('web', none, tree), tree);
    expect(choice).toEqual({ hosts: ['w1'], groups: [] });
    expect(toggleGroup('web', choice, tree)).toEqual({ hosts: [], groups: ['web'] });
  });

  test('twice is as before', () => {
    expect(toggleHost('free', toggleHost('free', none, tree), tree)).toEqual(none);
    expect(toggleGroup('db', toggleGroup('db', none, tree), tree)).toEqual(none);
  });
});
