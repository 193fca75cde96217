import type { Engine } from '../engine/engine.ts';

export type WatermarkName = 'ingest' | 'rollup' | 'raw-floor';

/** Named points up to which some work is done, kept in the engine beside the data they are about. */
export async function readWatermark(engine: Engine, name: WatermarkName): Promise<number | null> {
  const rows = await engine.rows<{ at: number }>('SELECT at FROM watermarks FINAL WHERE name = {name:String}', { name });
  return rows[0]?.at ?? null;
}

/** `version` must grow; `at` is mostly its own version. */
export async function writeWatermark(engine: Engine, name: WatermarkName, at: number): Promise<void> {
  await engine.command('INSERT INTO watermarks VALUES ({name:String}, {at:Int64}, {at:UInt64})', { name, at });
}
