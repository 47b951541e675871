import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Makes classes of lambdas: Android has no LambdaMetafactory, and dx, unlike its successor, leaves
 * them as they are. Of what a JVM links by itself it knows no more: any other bootstrap is refused.
 *
 * Usage: Desugar FOLDER   the classes in it are written anew
 */
public final class Desugar {
  private static final String FACTORY = "java/lang/invoke/LambdaMetafactory";

  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    List<Path> files;
    try (var all = Files.walk(folder)) {
      files = all.filter(file -> file.toString().endsWith(".class")).toList();
    }
    int lambdas = 0;
    for (Path file : files) {
      var lambdasOf = new Rewriting(Files.readAllBytes(file));
      if (lambdasOf.made.isEmpty()) continue;
      Files.write(file, lambdasOf.bytes);
      for (var made : lambdasOf.made.entrySet()) {
        Files.write(folder.resolve(made.getKey() + ".class"), made.getValue());
      }
      lambdas += lambdasOf.made.size();
    }
    System.out.println(lambdas + " lambdas");
  }

  /** One class, and the classes of its lambdas by name. */
  private static final class Rewriting extends ClassVisitor {
    final Map<String, byte[]> made = new LinkedHashMap<>();
    final byte[] bytes;
    private String name;

    /** Private methods that lambdas run, with their types. */
    private final Set<String> bodies = new HashSet<>();

    Rewriting(byte[] given) {
      super(Opcodes.ASM9, new ClassWriter(0));
      var reader = new ClassReader(given);
      reader.accept(new BodySearch(reader.getClassName(), bodies), ClassReader.SKIP_DEBUG);
      reader.accept(this, 0);
      bytes = ((ClassWriter) cv).toByteArray();
    }

    /** A subclass may have one of the same name: in private it did not matter. */
    private String renamed(String owner, String called, String type) {
      boolean isOurs = owner.equals(name) && bodies.contains(called + type);
      return isOurs ? called + "$$" + name.replace('/', '_') : called;
    }

    @Override
    public void visit(int version, int access, String given, String sign, String parent, String[] faces) {
      name = given;
      super.visit(version, access, given, sign, parent, faces);
    }

    /** What a lambda runs is private: its class is another now. */
    @Override
    public MethodVisitor visitMethod(int access, String called, String type, String sign, String[] thrown) {
      int seen = bodies.contains(called + type) ? access & ~Opcodes.ACC_PRIVATE : access;
      var method = super.visitMethod(seen, renamed(name, called, type), type, sign, thrown);
      return new MethodVisitor(Opcodes.ASM9, method) {
        @Override
        public void visitMethodInsn(int how, String owner, String called, String type, boolean isFace) {
          String now = renamed(owner, called, type);
          boolean isPrivate = !now.equals(called) && how == Opcodes.INVOKESPECIAL;
          super.visitMethodInsn(isPrivate ? Opcodes.INVOKEVIRTUAL : how, owner, now, type, isFace);
        }

        @Override
        public void visitInvokeDynamicInsn(String method, String factory, Handle how, Object... what) {
          if (!how.getOwner().equals(FACTORY) || !how.getName().equals("metafactory")) {
            throw new IllegalStateException(name + ": " + how);
          }
          String lambda = name + "$$Lambda" + made.size();
          var old = (Handle) what[1];
          String now = renamed(old.getOwner(), old.getName(), old.getDesc());
          var body = new Handle(old.getTag(), old.getOwner(), now, old.getDesc(), old.isInterface());
          var shape = new Lambda(lambda, method, Type.getMethodType(factory), (Type) what[0], body, (Type) what[2]);
          made.put(lambda, shape.write());
          super.visitMethodInsn(Opcodes.INVOKESTATIC, lambda, "make", factory, false);
        }
      };
    }
  }

  /** Which private methods of a class its lambdas run. */
  private static final class BodySearch extends ClassVisitor {
    private final String name;
    private final Set<String> found;
    private final Set<String> run = new HashSet<>();
    private final Set<String> ours = new HashSet<>();

    BodySearch(String name, Set<String> found) {
      super(Opcodes.ASM9);
      this.name = name;
      this.found = found;
    }

    @Override
    public MethodVisitor visitMethod(int access, String called, String type, String sign, String[] thrown) {
      if ((access & Opcodes.ACC_PRIVATE) != 0 && !called.equals("<init>")) ours.add(called + type);
      return new MethodVisitor(Opcodes.ASM9) {
        @Override
        public void visitInvokeDynamicInsn(String method, String factory, Handle how, Object... what) {
          if (what[1] instanceof Handle body && body.getOwner().equals(name)) run.add(body.getName() + body.getDesc());
        }
      };
    }

    @Override
    public void visitEnd() {
      found.addAll(ours);
      found.retainAll(run);
    }
  }

  /**
   * @param method of the interface, of the type erased
   * @param factory what is captured, to the interface
   * @param body what it runs
   * @param exact the method's type as this place uses it
   */
  private record Lambda(String name, String method, Type factory, Type erased, Handle body, Type exact) {
    byte[] write() {
      var out = new ClassWriter(ClassWriter.COMPUTE_MAXS);
      String face = factory.getReturnType().getInternalName();
      int access = Opcodes.ACC_FINAL | Opcodes.ACC_SUPER | Opcodes.ACC_SYNTHETIC;
      out.visit(Opcodes.V1_8, access, name, null, "java/lang/Object", new String[] {face});
      Type[] captured = factory.getArgumentTypes();
      for (int i = 0; i < captured.length; i++) {
        int field = Opcodes.ACC_PRIVATE | Opcodes.ACC_FINAL;
        out.visitField(field, "c" + i, captured[i].getDescriptor(), null, null).visitEnd();
      }
      writeConstructor(out, captured);
      writeMake(out, captured);
      writeMethod(out, captured);
      out.visitEnd();
      return out.toByteArray();
    }

    private String constructorType(Type[] captured) {
      return Type.getMethodDescriptor(Type.VOID_TYPE, captured);
    }

    private void writeConstructor(ClassWriter out, Type[] captured) {
      MethodVisitor code = out.visitMethod(Opcodes.ACC_PRIVATE, "<init>", constructorType(captured), null, null);
      code.visitVarInsn(Opcodes.ALOAD, 0);
      code.visitMethodInsn(Opcodes.INVOKESPECIAL, "java/lang/Object", "<init>", "()V", false);
      int at = 1;
      for (int i = 0; i < captured.length; i++) {
        code.visitVarInsn(Opcodes.ALOAD, 0);
        code.visitVarInsn(captured[i].getOpcode(Opcodes.ILOAD), at);
        code.visitFieldInsn(Opcodes.PUTFIELD, name, "c" + i, captured[i].getDescriptor());
        at += captured[i].getSize();
      }
      code.visitInsn(Opcodes.RETURN);
      code.visitMaxs(0, 0);
    }

    private void writeMake(ClassWriter out, Type[] captured) {
      MethodVisitor code = out.visitMethod(Opcodes.ACC_STATIC, "make", factory.getDescriptor(), null, null);
      code.visitTypeInsn(Opcodes.NEW, name);
      code.visitInsn(Opcodes.DUP);
      int at = 0;
      for (Type one : captured) {
        code.visitVarInsn(one.getOpcode(Opcodes.ILOAD), at);
        at += one.getSize();
      }
      code.visitMethodInsn(Opcodes.INVOKESPECIAL, name, "<init>", constructorType(captured), false);
      code.visitInsn(Opcodes.ARETURN);
      code.visitMaxs(0, 0);
    }

    private void writeMethod(ClassWriter out, Type[] captured) {
      MethodVisitor code = out.visitMethod(Opcodes.ACC_PUBLIC, method, erased.getDescriptor(), null, null);
      boolean makes = body.getTag() == Opcodes.H_NEWINVOKESPECIAL;
      if (makes) {
        code.visitTypeInsn(Opcodes.NEW, body.getOwner());
        code.visitInsn(Opcodes.DUP);
      }
      List<Type> wanted = wanted(makes);
      for (int i = 0; i < captured.length; i++) {
        code.visitVarInsn(Opcodes.ALOAD, 0);
        code.visitFieldInsn(Opcodes.GETFIELD, name, "c" + i, captured[i].getDescriptor());
      }
      int at = 1;
      for (int i = 0; i < erased.getArgumentTypes().length; i++) {
        Type given = erased.getArgumentTypes()[i];
        code.visitVarInsn(given.getOpcode(Opcodes.ILOAD), at);
        at += given.getSize();
        Type used = exact.getArgumentTypes()[i];
        cast(code, given, used);
        adapt(code, used, wanted.get(captured.length + i));
      }
      code.visitMethodInsn(call(), body.getOwner(), body.getName(), body.getDesc(), body.isInterface());
      Type got = makes ? Type.getObjectType(body.getOwner()) : Type.getReturnType(body.getDesc());
      end(code, got, erased.getReturnType());
      code.visitMaxs(0, 0);
    }

    /** What the body takes: itself too, unless it is static or made just then. */
    private List<Type> wanted(boolean makes) {
      var types = new ArrayList<Type>();
      boolean hasSelf = !makes && body.getTag() != Opcodes.H_INVOKESTATIC;
      if (hasSelf) types.add(Type.getObjectType(body.getOwner()));
      types.addAll(List.of(Type.getArgumentTypes(body.getDesc())));
      return types;
    }

    private int call() {
      return switch (body.getTag()) {
        case Opcodes.H_INVOKESTATIC -> Opcodes.INVOKESTATIC;
        case Opcodes.H_NEWINVOKESPECIAL -> Opcodes.INVOKESPECIAL;
        case Opcodes.H_INVOKEINTERFACE -> Opcodes.INVOKEINTERFACE;
        // A private body is so no more.
        default -> body.isInterface() ? Opcodes.INVOKEINTERFACE : Opcodes.INVOKEVIRTUAL;
      };
    }

    private static void end(MethodVisitor code, Type got, Type wanted) {
      if (wanted == Type.VOID_TYPE) {
        if (got != Type.VOID_TYPE) code.visitInsn(got.getSize() == 2 ? Opcodes.POP2 : Opcodes.POP);
        code.visitInsn(Opcodes.RETURN);
        return;
      }
      adapt(code, got, wanted);
      code.visitInsn(wanted.getOpcode(Opcodes.IRETURN));
    }

    private static void cast(MethodVisitor code, Type from, Type to) {
      if (isObject(from) && isObject(to) && !from.equals(to)) {
        code.visitTypeInsn(Opcodes.CHECKCAST, to.getInternalName());
      }
    }

    private static boolean isObject(Type type) {
      return type.getSort() >= Type.ARRAY;
    }

    /** As Java itself turns a value into another type: boxes, unboxes. */
    private static void adapt(MethodVisitor code, Type from, Type to) {
      if (from.equals(to) || isObject(from) && isObject(to)) {
        if (isObject(to) && !to.getInternalName().equals("java/lang/Object")) cast(code, from, to);
      } else if (isObject(to) && !isObject(from)) {
        String box = boxOf(from);
        String type = "(" + from.getDescriptor() + ")L" + box + ";";
        code.visitMethodInsn(Opcodes.INVOKESTATIC, box, "valueOf", type, false);
      } else if (isObject(from)) {
        String box = boxOf(to);
        code.visitTypeInsn(Opcodes.CHECKCAST, box);
        code.visitMethodInsn(Opcodes.INVOKEVIRTUAL, box, to.getClassName() + "Value", "()" + to, false);
      } else {
        throw new IllegalStateException(from + " as " + to);
      }
    }

    private static String boxOf(Type type) {
      return switch (type.getSort()) {
        case Type.BOOLEAN -> "java/lang/Boolean";
        case Type.CHAR -> "java/lang/Character";
        case Type.BYTE -> "java/lang/Byte";
        case Type.SHORT -> "java/lang/Short";
        case Type.INT -> "java/lang/Integer";
        case Type.LONG -> "java/lang/Long";
        case Type.FLOAT -> "java/lang/Float";
        case Type.DOUBLE -> "java/lang/Double";
        default -> throw new IllegalStateException("no box of " + type);
      };
    }
  }
}
