# collate_add_adapter(<id>
#   SOURCES <file>...
#   MANIFEST <file>              becomes <id>.manifest.textproto
#   [RESOURCES <file>...]        copied into resources/
#   [LINK <target>...]
#   [OUTPUT_DIRECTORY <dir>])    default ${PROJECT_BINARY_DIR}/lib/collate/adapters
#
# Builds target adapter_<id>: the library, its manifest and its resources, laid
# out as the service expects them: <dir>/<id>/lib<id>.so and beside it. Depends
# on nothing but the SDK: in this tree its folder, elsewhere
# find_package(collateAdapter). Without OUTPUT_DIRECTORY it is installed to
# lib/collate/adapters, too.
function(collate_add_adapter id)
  cmake_parse_arguments(ARG "" "MANIFEST;OUTPUT_DIRECTORY"
    "SOURCES;RESOURCES;LINK" ${ARGN})
  if(NOT id MATCHES "^[a-z][a-z0-9_]*$")
    message(FATAL_ERROR "collate_add_adapter: id '${id}' is not [a-z][a-z0-9_]*")
  endif()
  foreach(required SOURCES MANIFEST)
    if(NOT ARG_${required})
      message(FATAL_ERROR "collate_add_adapter(${id}): ${required} is missing")
    endif()
  endforeach()
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR
      "collate_add_adapter(${id}): unknown ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  set(shipped FALSE)
  if(NOT ARG_OUTPUT_DIRECTORY)
    set(shipped TRUE)
    set(ARG_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/collate/adapters)
  endif()
  set(folder ${ARG_OUTPUT_DIRECTORY}/${id})
  set(target adapter_${id})

  add_library(${target} MODULE ${ARG_SOURCES})
  set_target_properties(${target} PROPERTIES
    PREFIX lib
    OUTPUT_NAME ${id}
    LIBRARY_OUTPUT_DIRECTORY ${folder}
    CXX_VISIBILITY_PRESET hidden
    C_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/adapter.map)
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_link_libraries(${target} PRIVATE collate::adapter ${ARG_LINK})
  if(TARGET collate_build_flags)
    target_link_libraries(${target} PRIVATE collate_build_flags)
  endif()
  target_link_options(${target} PRIVATE
    -Wl,--version-script=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/adapter.map)
  # A clang sanitizer leaves its own symbols to the program that loads.
  if(NOT (CMAKE_CXX_COMPILER_ID MATCHES "Clang" AND
          "${CMAKE_CXX_FLAGS} ${COLLATE_SANITIZE}" MATCHES
          "sanitize|address|thread|undefined|memory"))
    target_link_options(${target} PRIVATE -Wl,-z,defs)
  endif()

  set(copies)
  macro(_collate_copy from to)
    get_filename_component(_from ${from} ABSOLUTE)
    add_custom_command(OUTPUT ${to}
      COMMAND ${CMAKE_COMMAND} -E copy ${_from} ${to}
      DEPENDS ${_from}
      VERBATIM)
    list(APPEND copies ${to})
  endmacro()
  _collate_copy(${ARG_MANIFEST} ${folder}/${id}.manifest.textproto)
  foreach(resource IN LISTS ARG_RESOURCES)
    get_filename_component(name ${resource} NAME)
    _collate_copy(${resource} ${folder}/resources/${name})
  endforeach()
  add_custom_target(${target}_files ALL DEPENDS ${copies})
  add_dependencies(${target} ${target}_files)

  if(shipped)
    set(installed lib/collate/adapters/${id})
    install(TARGETS ${target} LIBRARY DESTINATION ${installed}
      COMPONENT service)
    install(FILES ${ARG_MANIFEST} DESTINATION ${installed}
      RENAME ${id}.manifest.textproto COMPONENT service)
    install(FILES ${ARG_RESOURCES} DESTINATION ${installed}/resources
      COMPONENT service)
  endif()
endfunction()
