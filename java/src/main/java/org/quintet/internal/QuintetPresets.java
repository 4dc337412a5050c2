package org.quintet.internal;

import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;
import org.bytedeco.javacpp.tools.Info;
import org.bytedeco.javacpp.tools.InfoMap;
import org.bytedeco.javacpp.tools.InfoMapper;

/**
 * Tells JavaCPP which headers to read and how; the build runs it and finds the classes it writes in
 * {@code target/generated-sources/javacpp}.
 *
 * <p>Every native object is freed by its {@link NativeHandle}, never by JavaCPP's own collector: hence no deallocators, which
 * would also refuse to allocate when the process's memory passes a limit derived from the Java heap.
 */
@Properties(
    target = "org.quintet.internal.bindings",
    global = "org.quintet.internal.bindings.Core",
    value =
        @Platform(
            library = "jniquintet",
            compiler = "cpp17",
            define = {"STRING_BYTES_CHARSET \"UTF-8\""},
            include = {"quintet/graph.h", "quintet/weights.h", "quintet/model.h", "quintet/trainer.h", "quintet_java.h"},
            link = "quintet"))
public class QuintetPresets implements InfoMapper {
  /** Called by JavaCPP. */
  public QuintetPresets() {}

  @Override
  public void map(InfoMap infos) {
    for (String name :
        new String[] {
          "Graph", "TensorTable", "MappedFile", "MemoryBlock", "CompileOptions", "Model", "ModelParts", "Session", "TrainOptions", "Trainer"
        }) {
      infos.put(new Info("quintet::" + name).pointerTypes("Native" + name));
      infos.put(new Info("quintet::" + name + "::" + name).annotations("@NoDeallocator"));
    }
    infos.put(new Info("std::string").annotations("@StdString").valueTypes("String").pointerTypes("String"));
    infos.put(new Info("float").valueTypes("float").pointerTypes("FloatBuffer"));
    infos.put(new Info("int64_t").cast().valueTypes("long").pointerTypes("long[]"));
    infos.put(new Info("int").valueTypes("int").pointerTypes("int[]"));
    // What Java has no use for, or gets in a form of its own through quintet_java.h.
    for (String name :
        new String[] {
          "GraphData", "AlignedBuffer", "CompiledModel", "RunSlot", "TensorView", "Graph::data", "Model::compiled", "TensorTable::add",
          "TensorTable::declare", "TensorTable::find", "TensorTable::all", "ModelParts::data", "MappedFile::data", "MemoryBlock::data", "Session::bind_input", "Session::bind_output"
        }) {
      infos.put(new Info("quintet::" + name).skip());
    }
  }
}
