import '../request-types.ts';
import { Readable } from 'node:stream';
import {
  chartKindSchema,
  chartQuerySchema,
  overviewSchema,
  rangeQuerySchema,
  resultsPageSchema,
  resultsQuerySchema,
  seriesQuerySchema,
  seriesResponseSchema,
  storedResultSchema,
} from '@watchpost/contracts/api/quality';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { parseResultId } from '@watchpost/contracts/results/result';
import { targetIdSchema } from '@watchpost/contracts/targets/target';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { VantageStore } from '../../catalog/vantage-store.ts';
import type { ChartPainter } from '../../quality/chart-painter.ts';
import { resultsCsv, resultsJson, seriesCsv } from '../../quality/exports.ts';
import { createExportLimit } from '../../quality/export-limit.ts';
import { type OverviewQuery, rangeName } from '../../quality/overview.ts';
import { readRange } from '../../quality/ranges.ts';
import type { TargetQueries } from '../../quality/target-queries.ts';
import type { TelemetryStore } from '../../telemetry/telemetry-store.ts';
import { shownTo } from './target-routes.ts';

const params = z.object({ id: targetIdSchema });
const CSV = 'text/csv; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

export function qualityRoutes(parts: {
  readonly overview: OverviewQuery;
  readonly queries: TargetQueries;
  readonly vantages: VantageStore;
  readonly store: TelemetryStore;
  readonly painter: ChartPainter;
  readonly wallMs: () => number;
}): FastifyPluginAsyncZod {
  const { overview, queries, vantages, store, painter, wallMs } = parts;
  const tags = ['quality'];
  const limitExport = createExportLimit();
  const viewer = { role: 'viewer' } as const;

  return async (app) => {
    app.get(
      '/overview',
      {
        config: viewer,
        schema: {
          tags,
          summary: 'Every target: state now and figures of a range',
          querystring: rangeQuerySchema,
          response: { 200: overviewSchema },
        },
      },
      async (request) => {
        const range = readRange({ ...request.query, ...(hasRange(request.query) ? {} : { range: 'day' as const }) }, wallMs());
        const name = request.query.from === undefined ? (rangeName(request.query.range) ?? 'day') : null;
        const answer = await overview(range, name);
        return { ...answer, targets: answer.targets.map((target) => shownTo(request, target)) };
      },
    );

    app.get(
      '/targets/:id/series',
      {
        config: viewer,
        schema: {
          tags,
          summary: "A chart's data",
          params,
          querystring: seriesQuerySchema,
          response: { 200: seriesResponseSchema },
        },
      },
      async (request) => await queries.series(request.params.id, request.query),
    );

    app.get(
      '/targets/:id/series.json',
      {
        config: viewer,
        schema: {
          tags,
          summary: "A chart's data as a file",
          params,
          querystring: seriesQuerySchema,
          response: { 200: seriesResponseSchema },
        },
      },
      async (request, reply) => {
        attach(reply, `${request.params.id}-series.json`);
        return await queries.series(request.params.id, request.query);
      },
    );

    app.get(
      '/targets/:id/series.csv',
      {
        config: viewer,
        schema: { tags, summary: "A chart's data as CSV", params, querystring: seriesQuerySchema, produces: ['text/csv'] },
      },
      async (request, reply) => {
        const series = await queries.series(request.params.id, request.query);
        attach(reply, `${request.params.id}-series.csv`);
        return reply.type(CSV).send(Readable.from(seriesCsv(series)));
      },
    );

    app.get(
      '/targets/:id/results',
      {
        config: viewer,
        schema: {
          tags,
          summary: 'Single results, newest first',
          params,
          querystring: resultsQuerySchema,
          response: { 200: resultsPageSchema },
        },
      },
      async (request) => await queries.results(request.params.id, request.query),
    );

    app.get(
      '/targets/:id/results.csv',
      {
        config: viewer,
        schema: {
          tags,
          summary: 'Results of a range as CSV, oldest first',
          params,
          querystring: resultsQuerySchema,
          produces: ['text/csv'],
        },
      },
      async (request, reply) => {
        const results = queries.exportResults(request.params.id, request.query);
        limitExport(reply.raw);
        attach(reply, `${request.params.id}-results.csv`);
        return reply.type(CSV).send(Readable.from(resultsCsv(results)));
      },
    );

    app.get(
      '/targets/:id/results.json',
      {
        config: viewer,
        schema: { tags, summary: 'Results of a range as JSON, oldest first', params, querystring: resultsQuerySchema },
      },
      async (request, reply) => {
        const results = queries.exportResults(request.params.id, request.query);
        limitExport(reply.raw);
        attach(reply, `${request.params.id}-results.json`);
        return reply.type(JSON_TYPE).send(Readable.from(resultsJson(results)));
      },
    );

    app.get(
      '/results/:id',
      {
        config: viewer,
        schema: {
          tags,
          summary: 'One result, with its hops',
          params: z.object({ id: z.string().max(128) }),
          response: { 200: storedResultSchema },
        },
      },
      async (request) => {
        const id = parseResultId(request.params.id);
        const result = id === null ? null : await store.result(id);
        if (result === null) throw new AppError('not-found');
        return result;
      },
    );

    for (const format of ['svg', 'png'] as const) {
      app.get(
        `/targets/:id/charts/:kind.${format}`,
        {
          config: { ...viewer, rateLimit: { max: 240, timeWindow: 60_000 } },
          schema: {
            tags,
            summary: `A chart as ${format.toUpperCase()}`,
            params: params.extend({ kind: chartKindSchema }),
            querystring: chartQuerySchema,
            produces: [MEDIA_TYPES[format]],
          },
        },
        async (request, reply) => {
          const { id, kind } = request.params;
          const { width, height, theme, lang, ...range } = request.query;
          const target = queries.target(id);
          const series = await queries.series(id, { ...range, points: Math.min(width, 4000) });
          const vantageNames = Object.fromEntries(vantages.list().map(({ code, name }) => [code, name]));
          const vantageColors = Object.fromEntries(vantages.list().map(({ code, color }) => [code, color]));
          const look = { width, height, theme, lang, title: target.name, alarmMs: target.alarmMs, vantageNames, vantageColors };
          const picture = await painter.paint({ format, kind, series, look });
          return reply
            .type(MEDIA_TYPES[format])
            .header('content-disposition', `inline; filename="${id}-${kind}.${format}"`)
            .send(picture);
        },
      );
    }
  };
}

const MEDIA_TYPES = { svg: 'image/svg+xml', png: 'image/png' } as const;

function hasRange(query: z.infer<typeof rangeQuerySchema>): boolean {
  return query.range !== undefined || query.from !== undefined || query.to !== undefined;
}

function attach(reply: FastifyReply, file: string): void {
  reply.header('content-disposition', `attachment; filename="${file}"`);
}
