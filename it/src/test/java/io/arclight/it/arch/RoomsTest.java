package io.arclight.it.arch;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.arclight.tensor.Tensor;
import io.arclight.tensor.memory.Scope;
import io.arclight.tensor.memory.Storage;
import java.io.ObjectInputStream;
import java.util.stream.Stream;

/** Who may use whom: the rooms of the design, held for the classes of all modules. */
@AnalyzeClasses(
    packages = "io.arclight",
    importOptions = {ImportOption.DoNotIncludeTests.class, RoomsTest.OwnClasses.class})
class RoomsTest {
  private static final String[] TENSOR = {"io.arclight.tensor.."};
  private static final String[] AUTOGRAD = {
    "io.arclight.autograd..",
    "io.arclight.nn..",
    "io.arclight.optim..",
    "io.arclight.amp..",
    "io.arclight.data..",
    "io.arclight.distributions..",
    "io.arclight.compile..",
    "io.arclight.export..",
    "io.arclight.models.."
  };
  private static final String[] DISTRIBUTED = {"io.arclight.distributed.."};
  private static final String[] DATASOURCES = {"io.arclight.datasource.."};
  private static final String[] SPARK_CONNECTOR = {"io.arclight.spark.."};
  private static final String[] NATIVE = {
    "io.arclight.tensor.cpu..", "io.arclight.tensor.cuda..", "io.arclight.distributed.nccl.."
  };
  private static final String[] SPARK = {
    "org.apache.spark..", "org.apache.hadoop..", "scala..", "org.apache.logging.."
  };

  /** Not the libraries that the shaded jar carries under our name, nor tests in jars. */
  static final class OwnClasses implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("io/arclight/shaded/")
          && !location.contains("io/arclight/it/")
          && !location.contains("-tests.jar");
    }
  }

  @ArchTest static final ArchRule tensorCore = onlyUses(TENSOR);

  @ArchTest static final ArchRule autograd = onlyUses(AUTOGRAD, TENSOR);

  @ArchTest static final ArchRule distributed = onlyUses(DISTRIBUTED, AUTOGRAD, TENSOR);

  @ArchTest
  static final ArchRule datasources =
      onlyUses(DATASOURCES, TENSOR, new String[] {"io.arclight.data.."});

  @ArchTest
  static final ArchRule sparkConnector =
      onlyUses(SPARK_CONNECTOR, DATASOURCES, DISTRIBUTED, AUTOGRAD, TENSOR);

  @ArchTest
  static final ArchRule noSparkInTheLibrary =
      noClasses()
          .that()
          .resideInAnyPackage(joined(TENSOR, AUTOGRAD, DISTRIBUTED))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(SPARK);

  @ArchTest
  static final ArchRule libraryCallsOnlyInTheirSeams =
      noClasses()
          .that()
          .resideOutsideOfPackages(NATIVE)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.bytedeco..");

  @ArchTest
  static final ArchRule nativeMethodsOnlyInTheirSeams =
      methods()
          .that()
          .haveModifier(JavaModifier.NATIVE)
          .should()
          .beDeclaredInClassesThat()
          .resideInAnyPackage(NATIVE)
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule roomsAreFreeOfCycles =
      slices().matching("io.arclight.(*)..").should().beFreeOfCycles();

  /** The interpreter reads and writes addresses; who owns the memory is not its business. */
  @ArchTest
  static final ArchRule kernelsKnowNothingOfTensors =
      noClasses()
          .that()
          .resideInAPackage("io.arclight.tensor.ir..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage("io.arclight.tensor.cpu..", "io.arclight.tensor.op..")
                  .or(belongToAnyOf(Tensor.class, Storage.class, Scope.class)));

  @ArchTest
  static final ArchRule onlyCommandsAndProgressPrint =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.arclight.jobs..")
          .and()
          .doNotHaveSimpleName("ConsoleProgress")
          .should(ACCESS_STANDARD_STREAMS);

  /** It loads libraries and fonts that a JDK without a screen, as in containers, lacks. */
  @ArchTest
  static final ArchRule nothingIsDrawnByTheJdk =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.awt..", "javax.imageio..", "javax.swing..");

  @ArchTest static final ArchRule noJavaLogging = NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

  /** A model file must not be able to run code; Spark's own closures are another matter. */
  @ArchTest
  static final ArchRule noJavaDeserialisationInTheLibrary =
      noClasses()
          .that()
          .resideInAnyPackage(joined(TENSOR, AUTOGRAD, DISTRIBUTED))
          .should()
          .dependOnClassesThat()
          .areAssignableTo(ObjectInputStream.class);

  private static ArchRule onlyUses(String[] room, String[]... others) {
    String[] allowed = joined(room, joined(others));
    return classes()
        .that()
        .resideInAnyPackage(room)
        .should()
        .onlyDependOnClassesThat(
            resideOutsideOfPackage("io.arclight..").or(resideInAnyPackage(allowed)))
        .allowEmptyShould(true);
  }

  private static String[] joined(String[]... parts) {
    return Stream.of(parts).flatMap(Stream::of).toArray(String[]::new);
  }
}
