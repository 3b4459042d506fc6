import "@tensorflow/tfjs-backend-wasm";
import { setBackend } from "@tensorflow/tfjs-core";
import { type Backend, startedBackend } from "../backend.ts";

let started: Promise<Backend> | undefined;

/** Starts the WebAssembly backend, once in a process. */
export function openWasmBackend(): Promise<Backend> {
  started ??= start();
  return started;
}

async function start(): Promise<Backend> {
  if (!(await setBackend("wasm"))) throw new Error("the WebAssembly backend of TensorFlow.js does not start");
  return startedBackend("wasm");
}
