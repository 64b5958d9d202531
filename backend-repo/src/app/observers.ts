import type { VenueBatch } from '../features/orders/engine-batch.repository.ts';
import type { VenueMemory } from '../features/orders/venue.state.ts';

/** Told of every batch right after its commit, in order, on the node that runs the engine. `venue` is what the batch left behind. */
export type BatchObserver = (batch: VenueBatch, venue: Pick<VenueMemory, 'depth'>) => void;

/** Each is told, whatever the others do: what watches the engine can never harm it. */
export function tellEach(observers: readonly BatchObserver[], onTrouble: (error: unknown, message: string) => void): BatchObserver {
  return (batch, venue) => {
    for (const observer of observers) {
      try {
        observer(batch, venue);
      } catch (error) {
        onTrouble(error, 'an observer of committed batches failed; it missed this one');
      }
    }
  };
}
