// What all measurements share: clocks, medians, and the machine in words.

#ifndef COLLATE_TESTS_BENCH_MEASURE_H_
#define COLLATE_TESTS_BENCH_MEASURE_H_

#include <sys/resource.h>
#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace collate::testing::bench {

// Seconds on the wall.
inline double Now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Processor time of this process: what else the machine does costs less of it.
inline double ProcessorSeconds() {
  timespec time = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) / 1e9;
}

// 0 of nothing.
inline double Quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const auto at =
      values.begin() +
      static_cast<ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

inline double Median(const std::vector<double>& values) {
  return Quantile(values, 0.5);
}

// The most memory that this process had.
inline double PeakMegabytes() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;
}

// "2 x Intel Xeon, Linux 6.18".
inline std::string Machine() {
  utsname name = {};
  uname(&name);
  std::string model = "unknown processor";
  std::ifstream cpus("/proc/cpuinfo");
  for (std::string line; std::getline(cpus, line);) {
    if (line.rfind("model name", 0) == 0) {
      model = line.substr(line.find(':') + 2);
      break;
    }
  }
  return std::to_string(std::thread::hardware_concurrency()) + " x " + model +
         ", Linux " + name.release;
}

}  // namespace collate::testing::bench

#endif  // COLLATE_TESTS_BENCH_MEASURE_H_
