import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BackendBuildError } from "./build-error.ts";

/** Where the binding reads an attribute that is a string. */
const STRING_CASE = "    case TF_ATTR_STRING: {\n";

/** The same for a list, after the example of the binding's lists of numbers. */
const STRING_LIST = `      if (IsArray(env, nstatus, &js_value)) {
        uint32_t length;
        nstatus = napi_get_array_length(env, js_value, &length);
        ENSURE_NAPI_OK(env, nstatus);
        std::vector<std::string> strings(length);
        std::vector<const void *> starts(length);
        std::vector<size_t> lengths(length);
        for (uint32_t i = 0; i < length; ++i) {
          napi_value element;
          nstatus = napi_get_element(env, js_value, i, &element);
          ENSURE_NAPI_OK(env, nstatus);
          nstatus = GetStringParam(env, element, strings[i]);
          ENSURE_NAPI_OK(env, nstatus);
          starts[i] = strings[i].data();
          lengths[i] = strings[i].size();
        }
        TFE_OpSetAttrStringList(tfe_op, attr_name, starts.data(), lengths.data(), static_cast<int>(length));
        break;
      }
`;

/**
 * Teaches the binding to pass lists of strings to TensorFlow, which it knows for numbers and flags only. oneDNN's matrix
 * product takes what to do with its result as such a list, and is a fifth faster with GELU than without it and GELU after it.
 */
export function passStringLists(tfjsNode: string): void {
  const file = join(tfjsNode, "binding", "tfjs_backend.cc");
  const [before, after, ...more] = readFileSync(file, "utf8").split(STRING_CASE);
  if (after === undefined || more.length > 0) {
    throw new BackendBuildError(
      "the binding of @tensorflow/tfjs-node is not the one that irec knows; is the registry right?",
    );
  }
  writeFileSync(file, `${before}${STRING_CASE}${STRING_LIST}${after}`);
}
