/** `--record FILE`: connects a session with a record of what comes into it from outside. */
import type { HostFiles } from "../host/files.js";
import { formatSize } from "../system/running.js";
import { createRecorder, type Recorder, type RecorderOptions } from "../host/record/recorder.js";
import { settle } from "../host/slices.js";
import type { RecordEnd } from "../host/record/record.js";

export interface RecordFile {
  readonly recorder: Recorder;
  /** The run has come to its end. `isCut`: in the middle, where cores stand at different cycles. */
  noteEnd(isCut: boolean, reason: string): void;
  /** Ends the file, if the run has come to its end; the sentence to tell the user, and whether all is well. */
  close(): Promise<{ readonly sentence: string; readonly isWhole: boolean }>;
}

/** Throws ConfigError when the file can't be written. */
export function openRecordFile(
  files: HostFiles,
  path: string,
  options: Omit<RecorderOptions, "file">,
  refusals: () => RecordEnd["refusals"],
): RecordFile {
  const file = files.createGrowing(path);
  const recorder = createRecorder({ ...options, file });
  const { session } = options;
  let reason = "a fault of Hallows";
  return {
    recorder,
    noteEnd(isCut, why) {
      reason = why;
      if (isCut) settle(session);
    },
    async close() {
      await recorder.finish({ reason, refusals: refusals() });
      const failure = recorder.failure();
      const size = formatSize(file.writtenBytes());
      if (failure !== null)
        return { sentence: `the record is not whole, ${size} of it are good: ${failure.message}`, isWhole: false };
      const inputs = `${recorder.inputs} input${recorder.inputs === 1 ? "" : "s"}`;
      return { sentence: `record in ${path}: ${inputs}, ${size}; "hallows replay ${path}" repeats it`, isWhole: true };
    },
  };
}
