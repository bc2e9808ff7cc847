# collate_add_proto(<target> [GRPC] PROTOS <path below protos/>...)
#
# Generates C++ for the named files into one static library; with GRPC also the
# stubs of those that end in _service.proto. Dependencies
# between .proto files are tracked, so that editing an imported file
# regenerates its importers. Call it from protos/CMakeLists.txt.
function(collate_add_proto target)
  cmake_parse_arguments(ARG "GRPC" "" "PROTOS;LINK;IMPORT" ${ARGN})
  set(out ${PROJECT_BINARY_DIR}/protos)
  file(MAKE_DIRECTORY ${out})
  set(sources)
  foreach(proto IN LISTS ARG_PROTOS)
    if(IS_ABSOLUTE ${proto})
      set(file ${proto})
      file(RELATIVE_PATH stem ${ARG_IMPORT} ${proto})
    else()
      set(file ${CMAKE_CURRENT_SOURCE_DIR}/${proto})
      set(stem ${proto})
    endif()
    string(REGEX REPLACE "\\.proto$" "" stem ${stem})
    set(generated ${out}/${stem}.pb.cc ${out}/${stem}.pb.h)
    set(grpc_args)
    # Files of messages alone would give an empty source that includes gRPC.
    if(ARG_GRPC AND stem MATCHES "_service$")
      # In front, as in protoc's dependency file, which is in order of names: by
      # the first of them ninja knows the file for this command's.
      list(PREPEND generated ${out}/${stem}.grpc.pb.cc
        ${out}/${stem}.grpc.pb.h)
      set(grpc_args --grpc_out=${out}
        --plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>)
    endif()
    set(includes -I ${CMAKE_CURRENT_SOURCE_DIR})
    if(ARG_IMPORT)
      list(APPEND includes -I ${ARG_IMPORT})
    endif()
    add_custom_command(
      OUTPUT ${generated}
      COMMAND protobuf::protoc ${includes} --cpp_out=${out} ${grpc_args}
        --dependency_out=${out}/${stem}.d ${file}
      DEPENDS ${file} protobuf::protoc
      DEPFILE ${out}/${stem}.d
      COMMENT "Generating C++ from ${proto}"
      VERBATIM)
    list(APPEND sources ${generated})
  endforeach()
  add_library(${target} STATIC ${sources})
  # Generated files have file-local names in common.
  set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)
  target_include_directories(${target} SYSTEM PUBLIC ${out})
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf ${ARG_LINK})
  # A map field has another layout where ThreadSanitizer is seen, and the
  # packaged libprotobuf was built without: whoever includes its headers must
  # not see it either.
  if(COLLATE_SANITIZE MATCHES "thread")
    target_compile_options(${target} INTERFACE -U__SANITIZE_THREAD__)
  endif()
  if(ARG_GRPC)
    target_link_libraries(${target} PUBLIC gRPC::grpc++)
  endif()
endfunction()
