// Writes a made-up dump: dsa_dump --records 1000000 --shape zip out.zip

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>

#include "tests/generators/dsa_dump/archive.h"

int main(int argc, char** argv) {
  using collate::dsa_dump::Shape;
  collate::dsa_dump::Options options;
  collate::dsa_dump::Packing packing;
  std::string path;
  CLI::App app("A made-up dump of statements of reasons.");
  app.add_option("--records", options.records, "Records to write");
  app.add_option("--seed", options.seed, "The same seed, the same dump");
  app.add_option("--day", options.day, "Day of the statements, 2024-03-14");
  app.add_option("--schema", options.schema, "1 or 2")->check(CLI::Range(1, 2));
  app.add_flag("--light", options.light, "Without the long texts");
  app.add_option("--duplicate-every", options.duplicate_every,
                 "Repeats a record now and then");
  app.add_option("--damage-every", options.damage_every,
                 "Damages a record now and then");
  app.add_option("--level", packing.level, "Of deflate, 0 to 9");
  app.add_flag("--streamed", packing.streamed, "Sizes follow the members");
  app.add_option("--shape", packing.shape, "csv, flat, nested or packed")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Shape>{{"csv", Shape::kCsv},
                                       {"flat", Shape::kZipOfCsv},
                                       {"nested", Shape::kZipInZip},
                                       {"packed", Shape::kZipInZipPacked}}));
  app.add_option("file", path, "Where to write")->required();
  CLI11_PARSE(app, argc, argv);
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) {
    std::perror(path.c_str());
    return 1;
  }
  bool good = true;
  const auto truth = collate::dsa_dump::WriteDump(
      options, packing, [&](std::string_view bytes) {
        good =
            std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size() &&
            good;
      });
  good = std::fclose(file) == 0 && good;
  if (!good) {
    std::perror(path.c_str());
    return 1;
  }
  std::printf("%llu records counted, %llu twice, %llu lost\n",
              static_cast<unsigned long long>(truth.counted),
              static_cast<unsigned long long>(truth.duplicates),
              static_cast<unsigned long long>(truth.lost));
  return 0;
}
