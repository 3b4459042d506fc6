/**
 * C++ of an addon for the loading of TensorFlow.
 *
 * `hush` closes standard error to the process, and `restore` opens it again: as its library is loaded, TensorFlow 2.21 says
 * there that oneDNN is on, before it has read `TF_CPP_MIN_LOG_LEVEL` and before anything could tell it not to.
 *
 * `release` gives back the memory into which the libraries' files were read, on Linux. 260 MB of them are looked at while they
 * are loaded, most of it to find symbols by their names; computing needs 50 MB, which the system puts back from its cache of
 * files as they are touched. Only what can never be written to is given back.
 */
export const LOADER_ADDON = `
#include <fcntl.h>
#include <unistd.h>
#include <node_api.h>

#ifdef __linux__
#include <cstdint>
#include <cstring>
#include <link.h>
#include <sys/mman.h>
#endif

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

#ifdef __linux__
int ReleaseLibrary(dl_phdr_info* library, size_t, void*) {
  if (std::strstr(library->dlpi_name, "libtensorflow") == nullptr) return 0;
  const std::uintptr_t page = sysconf(_SC_PAGESIZE);
  for (int i = 0; i < library->dlpi_phnum; i++) {
    const auto& segment = library->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t first = library->dlpi_addr + segment.p_vaddr;
    // Whole pages: beside them there may be a segment that was written to.
    const std::uintptr_t start = (first + page - 1) / page * page;
    const std::uintptr_t end = (first + segment.p_filesz) / page * page;
    if (start < end) madvise(reinterpret_cast<void*>(start), end - start, MADV_DONTNEED);
  }
  return 0;
}
#endif

napi_value Release(napi_env, napi_callback_info) {
#ifdef __linux__
  dl_iterate_phdr(ReleaseLibrary, nullptr);
#endif
  return nullptr;
}

void Export(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function);
  napi_set_named_property(env, exports, name, function);
}

napi_value Init(napi_env env, napi_value exports) {
  Export(env, exports, "hush", Hush);
  Export(env, exports, "restore", Restore);
  Export(env, exports, "release", Release);
  return exports;
}
}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, Init)
`;
