/**
 * C++ of an addon that closes standard error to the process while TensorFlow is loaded, and opens it again. As its library is
 * loaded, TensorFlow 2.21 says there that oneDNN is on, before it has read `TF_CPP_MIN_LOG_LEVEL` and before anything could
 * tell it not to.
 */
export const QUIET_ADDON = `
#include <fcntl.h>
#include <unistd.h>
#include <node_api.h>

namespace {
int standard_error = -1;

napi_value Hush(napi_env, napi_callback_info) {
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere == -1) return nullptr;
  standard_error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (standard_error != -1) dup2(nowhere, STDERR_FILENO);
  close(nowhere);
  return nullptr;
}

napi_value Restore(napi_env, napi_callback_info) {
  if (standard_error == -1) return nullptr;
  dup2(standard_error, STDERR_FILENO);
  close(standard_error);
  standard_error = -1;
  return nullptr;
}

napi_value Init(napi_env env, napi_value exports) {
  napi_value function;
  napi_create_function(env, "hush", NAPI_AUTO_LENGTH, Hush, nullptr, &function);
  napi_set_named_property(env, exports, "hush", function);
  napi_create_function(env, "restore", NAPI_AUTO_LENGTH, Restore, nullptr, &function);
  napi_set_named_property(env, exports, "restore", function);
  return exports;
}
}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
`;
