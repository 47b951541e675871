package nudge

import android.Manifest
import android.app.Activity
import android.content.Context
import android.content.Intent
import android.content.pm.PackageManager
import android.os.Build
import android.util.Log
import java.util.concurrent.ExecutorService
import java.util.concurrent.Executors

/** What only the app knows. */
interface NudgeHost {
  /** null: not paired with a broker yet; then nothing is said to anybody. */
  val account: Account?

  /** For people, "Pixel 9". */
  val deviceName: String

  /** Host → the address under which this phone knows its OpenCode. */
  val servers: Map<String, String>

  /** A white silhouette, R.drawable.… */
  val icon: Int

  /** The activity that shows [route]; null: the app as it was. */
  fun open(context: Context, route: Route?): Intent

  /**
   * Publish with QoS 1. Called on a thread of ours; may block, and is interrupted
   * after eight seconds.
   * @return whether the broker acknowledged it; nothing is thrown. If not, or once
   * interrupted, it must not be sent later: an answer would count that the person
   * was told had not got through.
   */
  fun publish(publication: Publication): Boolean
}

/** Set [host] in Application.onCreate: services and receivers start the process too. */
object Nudge {
  lateinit var host: NudgeHost

  /** One thing after the other, so that what is said last is what stays. */
  internal var worker: ExecutorService = Executors.newSingleThreadExecutor()

  /** What is on the screen since a tap. */
  private var open: Opened? = null

  internal const val EXTRA_EVENT = "nudge.event"
  internal const val EXTRA_TAG = "nudge.tag"

  /**
   * After the person let the app read a pairing text. The host keeps the rest.
   * @throws Unreadable the phone's Keystore does not work
   */
  fun pair(pairing: Pairing) = ReplyVault.keep(pairing.key)

  /**
   * The person signs out.
   * @throws Unreadable the phone's Keystore does not work: the key stays
   */
  fun signOut() {
    unregister()
    ReplyVault.keep(null)
  }

  /** At each start of the app, with the token that Firebase gives then. */
  fun registerFcm(context: Context, token: String) {
    val keys = try {
      KeyVault(Vault(context)).keys()
    } catch (failure: Unreadable) {
      Log.e("nudge", "not registered: what is pushed could not be sealed", failure)
      return
    }
    say { it.registerFcm(token, keys, host.deviceName, host.servers) }
  }

  /** This device gets nothing any more. */
  fun unregister() = say(Account::unregister)

  /**
   * From the activity's onCreate and onNewIntent: a tap on a notification says "seen",
   * and once more after ten seconds, if [context] is that activity and still on the screen.
   */
  fun opened(context: Context, intent: Intent) {
    // A button leaves its notification where it is.
    intent.getStringExtra(EXTRA_TAG)?.let(Screen(context)::withdraw)
    val event = intent.getStringExtra(EXTRA_EVENT) ?: return
    intent.removeExtra(EXTRA_EVENT)
    say { it.seen(event) }
    open?.end()
    open = (context as? Activity)?.let { Opened(it, event) }
  }

  /** Android 13 asks; before it every app may. Ask when the person switches notifications on. */
  fun askPermission(activity: Activity, code: Int) {
    if (!mayNotify(activity) && Build.VERSION.SDK_INT >= 33) {
      activity.requestPermissions(arrayOf(Manifest.permission.POST_NOTIFICATIONS), code)
    }
  }

  fun mayNotify(context: Context): Boolean =
    Build.VERSION.SDK_INT < 33 ||
      context.checkSelfPermission(Manifest.permission.POST_NOTIFICATIONS) ==
      PackageManager.PERMISSION_GRANTED

  internal fun say(what: (Account) -> Publication) {
    val account = host.account ?: return
    val publication = what(account)
    worker.execute { host.publish(publication) }
  }
}
