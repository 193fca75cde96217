import type { Kysely, Migration } from 'kysely';

/** Forward only, in the order of their names. A migration that was released is never changed. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-quality': {
    async up(db: Kysely<never>) {
      const schema = db.schema;
      await schema
        .createTable('vantage')
        .addColumn('code', 'text', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('color', 'text')
        .addColumn('source', 'text', (column) => column.notNull())
        .addColumn('createdAt', 'bigint', (column) => column.notNull())
        .execute();
      await schema
        .createTable('target')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('checkJson', 'text', (column) => column.notNull())
        .addColumn('vantagesJson', 'text', (column) => column.notNull())
        .addColumn('intervalS', 'integer', (column) => column.notNull())
        .addColumn('paused', 'integer', (column) => column.notNull())
        .addColumn('groupPath', 'text', (column) => column.notNull())
        .addColumn('labelsJson', 'text', (column) => column.notNull())
        .addColumn('alarmMs', 'double precision')
        .addColumn('source', 'text', (column) => column.notNull())
        .addColumn('createdAt', 'bigint', (column) => column.notNull())
        .addColumn('updatedAt', 'bigint', (column) => column.notNull())
        .execute();
      await schema
        .createTable('agent')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('vantage', 'text', (column) => column.notNull().references('vantage.code'))
        .addColumn('secretHash', 'text', (column) => column.notNull())
        .addColumn('enrolledAt', 'bigint', (column) => column.notNull())
        .addColumn('revokedAt', 'bigint')
        .addColumn('lastContactAt', 'bigint')
        .addColumn('address', 'text')
        .addColumn('statusJson', 'text')
        .execute();
      await schema
        .createTable('enrolmentToken')
        .addColumn('tokenHash', 'text', (column) => column.primaryKey())
        .addColumn('vantage', 'text', (column) => column.notNull().references('vantage.code').onDelete('cascade'))
        .addColumn('createdAt', 'bigint', (column) => column.notNull())
        .addColumn('expiresAt', 'bigint', (column) => column.notNull())
        .addColumn('usedAt', 'bigint')
        .execute();
      await schema
        .createTable('gap')
        .addColumn('agentId', 'text', (column) => column.notNull())
        .addColumn('vantage', 'text', (column) => column.notNull())
        .addColumn('epoch', 'bigint', (column) => column.notNull())
        .addColumn('first', 'bigint', (column) => column.notNull())
        .addColumn('last', 'bigint', (column) => column.notNull())
        .addColumn('fromAt', 'bigint', (column) => column.notNull())
        .addColumn('toAt', 'bigint', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('reportedAt', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('gapIdentity', ['agentId', 'epoch', 'first'])
        .execute();
      await schema.createIndex('gapByTime').on('gap').columns(['vantage', 'toAt']).execute();
      await schema
        .createTable('apiKey')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('role', 'text', (column) => column.notNull())
        .addColumn('start', 'text', (column) => column.notNull())
        .addColumn('keyHash', 'text', (column) => column.notNull().unique())
        .addColumn('createdAt', 'bigint', (column) => column.notNull())
        .addColumn('createdBy', 'text', (column) => column.notNull())
        .addColumn('expiresAt', 'bigint')
        .addColumn('lastUsedAt', 'bigint')
        .execute();
      await schema
        .createTable('auditEntry')
        .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('action', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('sourceIp', 'text')
        .addColumn('detail', 'text')
        .execute();
    },
  },
  '0002-audit': {
    async up(db: Kysely<never>) {
      const schema = db.schema;
      await schema
        .createTable('host')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('secretHash', 'text', (column) => column.notNull())
        .addColumn('labelsJson', 'text', (column) => column.notNull())
        .addColumn('groupIdsJson', 'text', (column) => column.notNull())
        .addColumn('enrolledAt', 'bigint', (column) => column.notNull())
        .addColumn('revokedAt', 'bigint')
        .addColumn('lastContactAt', 'bigint')
        .addColumn('address', 'text')
        .addColumn('statusJson', 'text')
        .execute();
      await schema
        .createTable('hostToken')
        .addColumn('tokenHash', 'text', (column) => column.primaryKey())
        .addColumn('createdAt', 'bigint', (column) => column.notNull())
        .addColumn('expiresAt', 'bigint', (column) => column.notNull())
        .addColumn('usedAt', 'bigint')
        .execute();
      await schema
        .createTable('hostGroup')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('parentId', 'text')
        .execute();
      await schema
        .createTable('savedSearch')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('query', 'text', (column) => column.notNull())
        .addColumn('createdBy', 'text', (column) => column.notNull())
        .addColumn('createdAt', 'bigint', (column) => column.notNull())
        .execute();
      await schema
        .createTable('chainStretch')
        .addColumn('hostId', 'text', (column) => column.notNull())
        .addColumn('epoch', 'bigint', (column) => column.notNull())
        .addColumn('first', 'bigint', (column) => column.notNull())
        .addColumn('last', 'bigint', (column) => column.notNull())
        .addColumn('before', 'text', (column) => column.notNull())
        .addColumn('hash', 'text', (column) => column.notNull())
        .addColumn('savedAt', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('chainStretchIdentity', ['hostId', 'epoch', 'first'])
        .execute();
      await schema
        .createTable('chainBreak')
        .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
        .addColumn('hostId', 'text', (column) => column.notNull())
        .addColumn('epoch', 'bigint', (column) => column.notNull())
        .addColumn('sequence', 'bigint', (column) => column.notNull())
        .addColumn('what', 'text', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .execute();
      await schema
        .createTable('checkpoint')
        .addColumn('number', 'integer', (column) => column.primaryKey())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('bodyJson', 'text', (column) => column.notNull())
        .execute();
    },
  },
  '0003-removals': {
    async up(db: Kysely<never>) {
      await db.schema
        .createTable('removal')
        .addColumn('number', 'integer', (column) => column.primaryKey())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('bodyJson', 'text', (column) => column.notNull())
        .execute();
    },
  },
};
