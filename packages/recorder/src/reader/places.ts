import type { SpoolFile, SpoolFileName } from './spool-file.ts';

/** A name in the folder that is not followed, although it is that of a spool file. */
export type Unbelieved = SpoolFileName & {
  readonly ownerUid: number;
  /**
   * link: no regular file. known: the file of another shell under a second name. many: its owner has too many files. full: all
   * of a recorder's files are taken; it is followed as soon as one is free.
   */
  readonly why: 'link' | 'known' | 'many' | 'full';
};

export const PLACES = {
  /** Files followed at the same time, in all and of one user. */
  files: 20_000,
  filesOfUser: 5_000,
  /** The last places are kept for users with few files: some who take all they can leave room for the others. */
  kept: 4_000,
  few: 100,
  /** Names of one user that are told of as not followed; the last of them stands for all that are more, until he removes some. */
  unbelieved: 1_000,
} as const;

export type PlaceLimits = { readonly [limit in keyof typeof PLACES]: number };

/** Which files are followed, and which names are known as not followed. */
export type Places = {
  readonly isRefused: (name: string) => boolean;
  /** Why a file gets no place; null: it gets one. */
  readonly whyNot: (file: Pick<SpoolFile, 'name' | 'inode' | 'ownerUid'>) => Unbelieved['why'] | null;
  readonly take: (file: SpoolFile) => void;
  readonly leave: (file: SpoolFile) => void;
  /** What is to be told of a name that is not followed; null: it was told, or enough was. */
  readonly refuse: (parsed: SpoolFileName, ownerUid: number, why: Unbelieved['why']) => Unbelieved | null;
  /** There are files that wait for a place. */
  readonly hasWaiting: () => boolean;
  /** Names in the folder now: others are forgotten, and those that waited for a free place have another try. */
  readonly keep: (there: ReadonlySet<string>) => void;
};

export function createPlaces(limits: PlaceLimits = PLACES): Places {
  /** Name by inode: a file has one shell, whatever other names it gets. */
  const inodes = new Map<number, string>();
  const filesOf = new Map<number, number>();
  const refused = new Map<string, { readonly ownerUid: number; readonly why: Unbelieved['why'] }>();
  const refusedOf = new Map<number, number>();
  let waiting = 0;

  const whyNot: Places['whyNot'] = ({ name, inode, ownerUid }) => {
    const ofUser = filesOf.get(ownerUid) ?? 0;
    if (ofUser >= limits.filesOfUser) return 'many';
    if ((inodes.get(inode) ?? name) !== name) return 'known';
    const most = ofUser < limits.few ? limits.files : limits.files - limits.kept;
    return inodes.size >= most ? 'full' : null;
  };
  const forget = (name: string): void => {
    const known = refused.get(name);
    if (known === undefined) return;
    const { ownerUid, why } = known;
    refused.delete(name);
    if (why === 'full') waiting -= 1;
    refusedOf.set(ownerUid, (refusedOf.get(ownerUid) ?? 1) - 1);
  };

  return {
    isRefused: (name) => refused.has(name),
    whyNot,
    take({ name, inode, ownerUid }) {
      inodes.set(inode, name);
      filesOf.set(ownerUid, (filesOf.get(ownerUid) ?? 0) + 1);
    },
    leave({ inode, ownerUid }) {
      inodes.delete(inode);
      filesOf.set(ownerUid, (filesOf.get(ownerUid) ?? 1) - 1);
    },
    refuse(parsed, ownerUid, why) {
      const ofUser = refusedOf.get(ownerUid) ?? 0;
      if (ofUser >= limits.unbelieved || refused.has(parsed.name)) return null;
      refusedOf.set(ownerUid, ofUser + 1);
      refused.set(parsed.name, { ownerUid, why });
      if (why === 'full') waiting += 1;
      return { ...parsed, ownerUid, why: ofUser + 1 === limits.unbelieved ? 'many' : why };
    },
    hasWaiting: () => waiting > 0,
    keep(there) {
      let free = limits.files - inodes.size;
      for (const [name, { ownerUid, why }] of refused) {
        const hasTry = why === 'full' && free > 0 && whyNot({ name, inode: 0, ownerUid }) === null;
        if (hasTry) free -= 1;
        if (hasTry || !there.has(name)) forget(name);
      }
    },
  };
}
