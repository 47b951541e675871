// Preferences as a file: what is in it is shown before it is applied.

import { useState } from 'preact/hooks';
import { replacing, wishesOf, type Preferences, type PreferencesPatch } from 'nudge-client';
import { changeWords, importedFrom } from '../sentences';
import { complain } from './toast';

const FILE = 'nudge-preferences.json';
const SIZE_MAX = 65_536; // bytes; the bridge takes no more

interface Props {
  preferences: Preferences;
  replace: (patch: PreferencesPatch, words: string) => void;
}

export function Transfer({ preferences, replace }: Props) {
  const [offer, setOffer] = useState<Preferences | null>(null);
  const read = async (input: HTMLInputElement) => {
    const [file] = input.files ?? [];
    try {
      if (file && file.size > SIZE_MAX) throw new Error('This file holds no preferences.');
      if (file) setOffer(importedFrom(await file.text()));
    } catch (error) {
      complain((error as Error).message);
    }
    input.value = '';
  };
  return (
    <>
      <div class="buttons">
        <button onClick={() => download(preferences)}>Export</button>
        <label class="button">
          Import a file
          <input
            class="hidden"
            type="file"
            accept=".json,application/json"
            onChange={({ currentTarget }) => void read(currentTarget)}
          />
        </label>
      </div>
      {offer && (
        <Offer
          changes={changeWords(wishesOf(preferences), wishesOf(offer))}
          take={() => {
            replace(replacing(offer), 'The preferences of the file hold now.');
            setOffer(null);
          }}
          leave={() => setOffer(null)}
        />
      )}
      <button
        class="danger"
        onClick={() => replace(replacing({}), 'All preferences are the defaults again.')}
      >
        Back to the defaults
      </button>
    </>
  );
}

interface OfferProps {
  changes: string[];
  take: () => void;
  leave: () => void;
}

function Offer({ changes, take, leave }: OfferProps) {
  return (
    <div class="rule offer" role="group" aria-label="What the file would change">
      {changes.length === 0 && <p>The file says what holds already.</p>}
      <ul>
        {changes.map((change) => (
          <li key={change}>{change}</li>
        ))}
      </ul>
      <div class="buttons">
        {changes.length > 0 && (
          <button class="primary" onClick={take}>
            Apply
          </button>
        )}
        <button onClick={leave}>Leave all as it is</button>
      </div>
    </div>
  );
}

function download({ rev: _, ...preferences }: Preferences): void {
  const text = `${JSON.stringify(preferences, null, 2)}\n`;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = FILE;
  link.click();
  // The browser takes it after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
